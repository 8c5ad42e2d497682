namespace Tandem.Shared.Calls;

/// <summary>The one home of the map between SIP statuses and Q.850 causes (RFC 3398 §7.2.4.1, §8.2.6.1), both ways.</summary>
public static class Q850
{
    /// <summary>Normal call clearing.</summary>
    public const int NormalClearing = 16;

    /// <summary>The largest cause: seven bits (Q.850 §2.2.5). 0 is none.</summary>
    public const int Max = 127;

    /// <summary>The cause of a SIP failure status; 31 "normal, unspecified" where RFC 3398 §8.2.6.1 has none.</summary>
    public static int OfSip(int status) => status switch
    {
        400 => 41,
        401 or 402 or 403 => 21,
        404 => 1,
        405 => 63,
        406 => 79,
        407 => 21,
        408 => 102,
        410 => 22,
        413 or 414 => 127,
        415 => 79,
        416 or 420 or 421 => 127,
        423 => 127,
        480 => 18,
        481 => 41,
        482 or 483 => 25,
        484 => 28,
        485 => 1,
        486 => 17,
        487 => 16,
        488 => 65,
        500 => 41,
        501 => 79,
        502 => 38,
        503 => 41,
        504 => 102,
        505 or 513 => 127,
        600 => 17,
        603 => 21,
        604 => 1,
        606 => 65,
        _ => 31,
    };

    /// <summary>
    /// The SIP status of a release cause before the answer (RFC 3398 §7.2.4.1); 500 where the RFC has none. Cause 16 means
    /// nothing before the answer and gives 480, as 31 does.
    /// </summary>
    public static int ToSip(int cause) => cause switch
    {
        1 or 2 or 3 => 404,
        16 => 480,
        17 => 486,
        18 => 408,
        19 or 20 => 480,
        21 => 403,
        22 or 23 => 410,
        26 => 404,
        27 => 502,
        28 => 484,
        29 => 501,
        31 => 480,
        34 or 38 or 41 or 42 or 47 => 503,
        55 or 57 => 403,
        58 => 503,
        65 or 70 => 488,
        79 => 501,
        87 => 403,
        88 => 503,
        102 => 504,
        _ => 500,
    };
}
