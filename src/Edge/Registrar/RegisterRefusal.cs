namespace Tandem.Edge.Registrar;

/// <summary>Why a REGISTER changes nothing: its answer.</summary>
public sealed record RegisterRefusal(int Status, string Phrase, int MinExpires = 0)
{
    /// <summary>A Contact of <c>*</c> with others, or without Expires of 0 (RFC 3261 §10.3, step 6).</summary>
    public static readonly RegisterRefusal BadWildcard = new(400, "Invalid Wildcard Contact");

    /// <summary>A gateway that has an address of its own.</summary>
    public static readonly RegisterRefusal NotDynamic = new(403, "Not a Registering Device");

    /// <summary>A contact that is no sip or sips URI: it could not be called.</summary>
    public static readonly RegisterRefusal BadContact = new(400, "Invalid Contact");

    /// <summary>An older request than the one that made the binding (RFC 3261 §10.3, step 7).</summary>
    public static readonly RegisterRefusal OutOfOrder = new(500, "CSeq Out of Order");

    /// <summary>More contacts in one request than an address of record may have.</summary>
    public static readonly RegisterRefusal TooManyContacts = new(403, "Too Many Contacts");

    /// <summary>A shorter binding than allowed (RFC 3261 §10.3, step 7; §21.4.17).</summary>
    public static RegisterRefusal TooBrief(TimeSpan minimum) =>
        new(423, "Interval Too Brief", (int)Math.Ceiling(minimum.TotalSeconds));

    /// <summary>The registrar or its database has too much to do or is away.</summary>
    public static readonly RegisterRefusal Unavailable = new(503, "Registrar Unavailable");
}
