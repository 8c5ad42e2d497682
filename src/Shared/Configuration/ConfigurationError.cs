using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Tandem.Shared.Configuration;

/// <summary>What is wrong with a configuration, as a value that an operator can act on.</summary>
/// <param name="Path">Where, for example <c>routingGateways[2].prefix[0]</c>; empty is the whole.</param>
/// <param name="Message">What is wrong and how to put it right.</param>
/// <param name="Line">Line of the source, counted from 1; 0 when it has none.</param>
public sealed record ConfigurationError(string Path, string Message, int Line = 0)
{
    /// <summary>One line of text: path, message and line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(Path.Length == 0 ? "configuration" : Path)}: {Message}{(Line > 0 ? $" (line {Line})" : "")}");
}

/// <summary>
/// Collects errors up to <see cref="ConfigurationLimits.Errors"/>; what comes after is only counted.
/// </summary>
public sealed class ConfigurationErrors
{
    private readonly ImmutableArray<ConfigurationError>.Builder _errors =
        ImmutableArray.CreateBuilder<ConfigurationError>();

    /// <summary>Errors found, also those over the cap.</summary>
    public int Count { get; private set; }

    /// <summary>True when looking further would only count.</summary>
    public bool IsFull => Count >= ConfigurationLimits.Errors;

    /// <summary>Adds one.</summary>
    public void Add(ConfigurationPath path, string message, int line = 0)
    {
        if (!IsFull) _errors.Add(new ConfigurationError(path.ToString(), message, line));
        Count++;
    }

    /// <summary>The errors kept.</summary>
    public ImmutableArray<ConfigurationError> ToImmutable() => _errors.ToImmutable();
}

/// <summary>
/// A place in a configuration. A linked list that becomes text only in an error: a table of a million rates builds no
/// million strings while all is well.
/// </summary>
public sealed class ConfigurationPath
{
    private readonly ConfigurationPath? _parent;
    private readonly string? _key;
    private readonly int _index;

    private ConfigurationPath(ConfigurationPath? parent, string? key, int index) =>
        (_parent, _key, _index) = (parent, key, index);

    /// <summary>The whole.</summary>
    public static ConfigurationPath Root { get; } = new(null, null, -1);

    /// <summary>A key of an object.</summary>
    public ConfigurationPath this[string key] => new(this, key, -1);

    /// <summary>An item of a list, from 0.</summary>
    public ConfigurationPath this[int index] => new(this, null, index);

    /// <inheritdoc />
    public override string ToString()
    {
        var text = new StringBuilder();
        Append(text);
        return text.ToString();
    }

    private void Append(StringBuilder text)
    {
        _parent?.Append(text);
        if (_key is not null) text.Append(text.Length == 0 ? "" : ".").Append(_key);
        else if (_index >= 0) text.Append('[').Append(_index).Append(']');
    }
}
