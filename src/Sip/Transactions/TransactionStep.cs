using Tandem.Sip.Timers;

namespace Tandem.Sip.Transactions;

/// <summary>What one step of a transaction machine results in.</summary>
/// <param name="State">The state after the step.</param>
/// <param name="Actions">What to do.</param>
/// <param name="Lifetime">
/// The lifetime timer to start; it replaces the running one. <see cref="SipTimer.None"/> leaves a running one alone.
/// </param>
public readonly record struct TransactionStep(
    TransactionState State, TransactionActions Actions, SipTimer Lifetime = SipTimer.None);
