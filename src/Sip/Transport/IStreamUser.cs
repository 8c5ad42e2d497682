using Tandem.Sip.Parsing;

namespace Tandem.Sip.Transport;

/// <summary>Who gets the messages that connections bring. Called on threads of the pool.</summary>
public interface IStreamUser
{
    /// <summary>
    /// A message, or a refused one that may have to be answered. The connection reads on when the task has ended, so
    /// that a user that is late slows its peers down in place of filling memory.
    /// </summary>
    /// <param name="result">The parse, on bytes that may be kept.</param>
    /// <param name="remote">Where it came from; answers to it go by the same connection.</param>
    /// <param name="cancel">The connection has ended.</param>
    ValueTask OnMessageAsync(SipParseResult result, SipEndPoint remote, CancellationToken cancel);

    /// <summary>A fault of the switch has ended a connection.</summary>
    /// <param name="failure">The fault.</param>
    /// <param name="remote">The peer.</param>
    void OnFault(Exception failure, SipEndPoint remote);
}

/// <summary>Who sends by connections: is told what could not be sent. Called on any thread.</summary>
public interface IStreamSender
{
    /// <summary>A message could not be sent: to be treated as a transport error (RFC 3261 §18.4).</summary>
    /// <param name="remote">Where it was to go.</param>
    /// <param name="message">Its bytes.</param>
    void OnSendFailed(SipEndPoint remote, byte[] message);
}
