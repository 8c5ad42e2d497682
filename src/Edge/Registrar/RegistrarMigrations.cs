using Tandem.Shared.Storage;

namespace Tandem.Edge.Registrar;

/// <summary>The tables of the registrar (5xx).</summary>
public static class RegistrarMigrations
{
    // Times are Unix milliseconds; aor is the text form of the gateway (r:phone:1001).
    private const string SipBindings =
        """
        CREATE TABLE sip_bindings (
            aor           TEXT     NOT NULL,
            contact       TEXT     NOT NULL,
            q             INTEGER,
            expires_at    BIGINT   NOT NULL,
            path          TEXT     NOT NULL,
            source        TEXT     NOT NULL,
            node          TEXT     NOT NULL,
            node_id       BIGINT   NOT NULL,
            sip_call_id   TEXT     NOT NULL,
            cseq          BIGINT   NOT NULL,
            user_agent    TEXT     NOT NULL,
            registered_at BIGINT   NOT NULL,
            PRIMARY KEY (aor, contact)
        );
        CREATE INDEX sip_bindings_expiry ON sip_bindings (expires_at);
        """;

    /// <summary>In order; Node joins them with those of the other areas.</summary>
    public static readonly IReadOnlyList<Migration> All = [new Migration(501, "registered contacts", SipBindings, SipBindings)];
}
