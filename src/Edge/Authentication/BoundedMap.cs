namespace Tandem.Edge.Authentication;

/// <summary>
/// A map with a bound: two generations of half of it; when the young one is full it becomes the old one, and what was not
/// touched since is forgotten. Not safe for threads.
/// </summary>
internal sealed class BoundedMap<TKey, TValue>(int max)
    where TKey : notnull
{
    private readonly int _half = Math.Max(1, max / 2);
    private Dictionary<TKey, TValue> _young = [];
    private Dictionary<TKey, TValue> _old = [];

    public int Count => _young.Count + _old.Count;

    public bool TryGet(TKey key, out TValue? value)
    {
        if (_young.TryGetValue(key, out value)) return true;
        if (!_old.Remove(key, out value)) return false;
        Set(key, value);
        return true;
    }

    public void Set(TKey key, TValue value)
    {
        _old.Remove(key);
        if (_young.Count >= _half && !_young.ContainsKey(key))
        {
            (_old, _young) = (_young, _old);
            _young.Clear();
        }

        _young[key] = value;
    }

    public void Remove(TKey key)
    {
        _young.Remove(key);
        _old.Remove(key);
    }
}
