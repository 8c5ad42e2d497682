namespace Tandem.Node;

/// <summary>The command <c>serve</c>: a node until it is told to end.</summary>
internal static class Serve
{
    /// <summary>Runs it; the exit code says why it ended.</summary>
    public static async Task<int> RunAsync(NodeOptions options)
    {
        try
        {
            await using var node = await SwitchNode.StartAsync(options);
            if (node.NewApiKey is { } key)
            {
                Console.WriteLine($"API key: {key}");
                Console.WriteLine("It is not stored and not shown again.");
            }

            if (node.Configuration.FileIgnored)
            {
                Console.WriteLine(
                    $"{options.ConfigurationFile} is not used: version {node.Configuration.Version} is in force. "
                    + "Bring a file into force with PUT /api/v1/config.");
            }

            var http = new Uri(node.Http);
            Console.WriteLine(
                $"tandem: ready sip={node.Sip?.ToString() ?? "-"} http={http.Host}:{http.Port} "
                + $"configuration={node.Configuration.Version} roles={string.Join(',', options.Roles)}");
            await node.WaitForShutdownAsync();
            return 0;
        }
        catch (StartException failure)
        {
            await Console.Error.WriteLineAsync("tandem: " + failure.Message);
            return failure.ExitCode;
        }
    }
}
