using System.Text.Json;

namespace Tandem.Interop.Tests.Calls;

/// <summary>A call record as the REST interface shows it.</summary>
/// <param name="Json">The whole.</param>
public sealed record CallStory(JsonElement Json)
{
    /// <summary>The call.</summary>
    public string CallId => Text("callId");

    /// <summary>Why, as a word.</summary>
    public string EndReason => Text("endReason");

    /// <summary>Who released: caller, callee or server.</summary>
    public string EndDirection => Text("endDirection");

    /// <summary>Final status towards the caller.</summary>
    public int CallerSipStatus => Json.GetProperty("callerSipStatus").GetInt32();

    /// <summary>Talk time in seconds.</summary>
    public int HoldTimeSeconds => Json.GetProperty("holdTimeSeconds").GetInt32();

    /// <summary>Customer's price; 0 when nothing was charged.</summary>
    public decimal Fee => Amount("fee");

    /// <summary>Vendor's price; 0 when nothing was charged.</summary>
    public decimal Cost => Amount("cost");

    /// <summary>True when there is an answer time.</summary>
    public bool IsAnswered => Time("answeredAt") is not null;

    /// <summary>The attempts, in order.</summary>
    public IReadOnlyList<AttemptStory> Attempts =>
        [.. Json.GetProperty("attempts").EnumerateArray().Select(a => new AttemptStory(a))];

    /// <summary>The decision trace, one line each.</summary>
    public string Trace => string.Join('\n', Json.GetProperty("trace").EnumerateArray().Select(t => t.GetString()));

    /// <summary>A field that is text.</summary>
    public string Text(string name) => Json.GetProperty(name).GetString() ?? "";

    /// <summary>A field that is a moment.</summary>
    public DateTimeOffset? Time(string name) =>
        Json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value.GetDateTimeOffset() : null;

    /// <summary>Throws with the whole record unless it ended so.</summary>
    public CallStory ShouldEnd(string reason, string direction, int callerStatus)
    {
        if ((EndReason, EndDirection, CallerSipStatus) == (reason, direction, callerStatus)) return this;
        throw new InvalidOperationException(
            $"Expected {reason} by {direction} with {callerStatus}, but it was {EndReason} by {EndDirection} with"
            + $" {CallerSipStatus}:\n{Json}");
    }

    private decimal Amount(string name) =>
        Json.TryGetProperty(name, out var money) && money.ValueKind == JsonValueKind.Object
            ? money.GetProperty("amount").GetDecimal() : 0;
}

/// <summary>An attempt in a call record.</summary>
/// <param name="Json">The whole.</param>
public sealed record AttemptStory(JsonElement Json)
{
    /// <summary>The vendor's gateway.</summary>
    public string Gateway => Json.GetProperty("routingGateway").GetString()!;

    /// <summary>The vendor's final status; 0 when it gave none.</summary>
    public int SipStatus => Json.GetProperty("sipStatus").GetInt32();

    /// <summary>Why it ended, as a word.</summary>
    public string Reason => Json.GetProperty("reason").GetString()!;

    /// <summary>The vendor's Reason header or phrase.</summary>
    public string SipReasonHeader => Json.GetProperty("sipReasonHeader").GetString()!;

    /// <summary>Call-ID of that leg.</summary>
    public string SipCallId => Json.GetProperty("sipCallId").GetString()!;

    /// <summary>From INVITE to its end.</summary>
    public TimeSpan Length =>
        Json.GetProperty("endedAt").GetDateTimeOffset() - Json.GetProperty("startedAt").GetDateTimeOffset();
}
