namespace Tandem.Sip.Messages;

/// <summary>
/// Request methods this stack knows by name. Method names are case-sensitive (RFC 3261 §7.1): "invite" is
/// <see cref="Unknown"/>, and its own spelling stays readable as <see cref="SipMessage.MethodToken"/>.
/// </summary>
public enum SipMethod : byte
{
    /// <summary>Any other token.</summary>
    Unknown,
    /// <summary>RFC 3261 §13.</summary>
    Invite,
    /// <summary>RFC 3261 §13.2.2.4 and §17.1.1.3.</summary>
    Ack,
    /// <summary>RFC 3261 §15.</summary>
    Bye,
    /// <summary>RFC 3261 §9.</summary>
    Cancel,
    /// <summary>RFC 3261 §11.</summary>
    Options,
    /// <summary>RFC 3261 §10.</summary>
    Register,
    /// <summary>RFC 6086.</summary>
    Info,
    /// <summary>RFC 3311.</summary>
    Update,
    /// <summary>RFC 3262.</summary>
    Prack,
    /// <summary>RFC 3515.</summary>
    Refer,
    /// <summary>RFC 6665.</summary>
    Subscribe,
    /// <summary>RFC 6665.</summary>
    Notify,
    /// <summary>RFC 3428.</summary>
    Message,
    /// <summary>RFC 3903.</summary>
    Publish,
}

/// <summary>The one table between <see cref="SipMethod"/> and its spelling on the wire.</summary>
public static class SipMethods
{
    /// <summary>The wire spelling; empty for <see cref="SipMethod.Unknown"/>: the message has it.</summary>
    public static ReadOnlySpan<byte> Token(this SipMethod method) => method switch
    {
        SipMethod.Invite => "INVITE"u8,
        SipMethod.Ack => "ACK"u8,
        SipMethod.Bye => "BYE"u8,
        SipMethod.Cancel => "CANCEL"u8,
        SipMethod.Options => "OPTIONS"u8,
        SipMethod.Register => "REGISTER"u8,
        SipMethod.Info => "INFO"u8,
        SipMethod.Update => "UPDATE"u8,
        SipMethod.Prack => "PRACK"u8,
        SipMethod.Refer => "REFER"u8,
        SipMethod.Subscribe => "SUBSCRIBE"u8,
        SipMethod.Notify => "NOTIFY"u8,
        SipMethod.Message => "MESSAGE"u8,
        SipMethod.Publish => "PUBLISH"u8,
        SipMethod.Unknown => default,
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "Not a SIP method."),
    };

    /// <summary>The method of a token, compared with case (RFC 3261 §7.1).</summary>
    public static SipMethod Find(ReadOnlySpan<byte> token) => token.Length switch
    {
        3 => token.SequenceEqual("ACK"u8) ? SipMethod.Ack
            : token.SequenceEqual("BYE"u8) ? SipMethod.Bye : SipMethod.Unknown,
        4 => token.SequenceEqual("INFO"u8) ? SipMethod.Info : SipMethod.Unknown,
        5 => token.SequenceEqual("PRACK"u8) ? SipMethod.Prack
            : token.SequenceEqual("REFER"u8) ? SipMethod.Refer : SipMethod.Unknown,
        6 => token.SequenceEqual("INVITE"u8) ? SipMethod.Invite
            : token.SequenceEqual("CANCEL"u8) ? SipMethod.Cancel
            : token.SequenceEqual("UPDATE"u8) ? SipMethod.Update
            : token.SequenceEqual("NOTIFY"u8) ? SipMethod.Notify : SipMethod.Unknown,
        7 => token.SequenceEqual("OPTIONS"u8) ? SipMethod.Options
            : token.SequenceEqual("MESSAGE"u8) ? SipMethod.Message
            : token.SequenceEqual("PUBLISH"u8) ? SipMethod.Publish : SipMethod.Unknown,
        8 => token.SequenceEqual("REGISTER"u8) ? SipMethod.Register : SipMethod.Unknown,
        9 => token.SequenceEqual("SUBSCRIBE"u8) ? SipMethod.Subscribe : SipMethod.Unknown,
        _ => SipMethod.Unknown,
    };
}
