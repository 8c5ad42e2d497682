namespace Tandem.Fuzz;

/// <summary>What came out contradicts what went in.</summary>
internal sealed class BrokenPromiseException(string promise) : Exception("Broken: " + promise);
