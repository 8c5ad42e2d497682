namespace Tandem.TestSupport;

/// <summary>Where the repository is: the folder above the tests that holds <c>Cluster.sln</c>.</summary>
public static class RepositoryRoot
{
    /// <summary>Full path.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(directory.FullName, "Cluster.sln"))) return directory.FullName;
        }

        throw new InvalidOperationException($"No Cluster.sln above {AppContext.BaseDirectory}.");
    }
}
