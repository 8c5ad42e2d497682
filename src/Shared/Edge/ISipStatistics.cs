namespace Tandem.Shared.Edge;

/// <summary>What an edge has counted since its process started.</summary>
public interface ISipStatistics
{
    /// <summary>Calls handed to call actors.</summary>
    long Calls { get; }

    /// <summary>Answers of calls that came after their transaction had ended.</summary>
    long LateAnswers { get; }

    /// <summary>Requests refused or dropped, by cause; every cause, also those with 0.</summary>
    IReadOnlyDictionary<string, long> Refused { get; }
}
