namespace Tandem.Edge.Registrar;

/// <summary>What the registrar lets a device have.</summary>
/// <param name="MaxExpire">Longest binding (SS_ENDPOINT_EXPIRE); also the default. More is clamped.</param>
/// <param name="MinExpire">Shortest binding (SS_ENDPOINT_MIN_EXPIRE); less is refused with 423.</param>
/// <param name="MaxContacts">Contacts of one address of record at once, 1 or more.</param>
/// <param name="ReplaceKick">A new registration removes the contacts that it does not name (SS_SIP_REGISTER_REPLACE_KICK).</param>
public sealed record RegistrarRules(TimeSpan MaxExpire, TimeSpan MinExpire, int MaxContacts, bool ReplaceKick);
