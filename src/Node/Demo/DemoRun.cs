using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Spectre.Console;
using Tandem.Shared.Calls;
using Tandem.Shared.Cdr;
using Tandem.Shared.Configuration;

namespace Tandem.Node.Demo;

/// <summary>
/// The command <c>demo</c>: a switch of one node on SQLite in a temporary directory, two customers and three vendors on real
/// UDP sockets on loopback, a handful of calls, and what the records say about them.
/// </summary>
internal static class DemoRun
{
    // A file or a pipe has no width of its own; the table needs this much.
    private const int WidthInFile = 140;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private sealed record Plan(DemoAgent Customer, string Name, string Caller, string Callee, TimeSpan Talk);

    /// <summary>Runs it; 0 when every call ended with a record.</summary>
    public static async Task<int> RunAsync(int calls, CancellationToken cancel)
    {
        var directory = Directory.CreateTempSubdirectory("tandem-demo-");
        try
        {
            return await RunInAsync(directory.FullName, Math.Clamp(calls, 1, 500), cancel);
        }
        catch (StartException failure)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]{failure.Message}[/]");
            return failure.ExitCode;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<int> RunInAsync(string directory, int calls, CancellationToken cancel)
    {
        using var alpha = new DemoAgent("alpha", null);
        using var beta = new DemoAgent("beta", null);
        using var copper = new DemoAgent("copper", new VendorBehaviour(503, default, default));
        using var silver = new DemoAgent("silver", Answering(900, 1_800));
        using var gold = new DemoAgent("gold", Answering(100, 300));
        var file = Path.Combine(directory, "demo.yaml");
        await File.WriteAllTextAsync(
            file,
            DemoConfiguration.Yaml(alpha.EndPoint, beta.EndPoint, copper.EndPoint, silver.EndPoint, gold.EndPoint),
            cancel);

        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = WidthInFile;
        AnsiConsole.MarkupLine("[bold]Tandem[/]: a switch of one node, two customers, three vendors, all on loopback.");
        AnsiConsole.MarkupLine("  customers  [green]alpha[/] (money enough)   [green]beta[/] (enough for one call to Germany, then none)");
        AnsiConsole.MarkupLine("  vendors    [red]copper[/] (always 503)   [yellow]silver[/] (slow)   [green]gold[/] (quick)");
        AnsiConsole.WriteLine();
        SwitchNode? started = null;
        await AnsiConsole.Status().StartAsync("Starting the switch…", async _ => started = await SwitchNode.StartAsync(new NodeOptions
        {
            ConfigurationFile = file,
            DataDirectory = directory,
            Sip = new IPEndPoint(IPAddress.Loopback, 0),
            Http = new IPEndPoint(IPAddress.Loopback, 0),
            Quiet = true,
        }));
        await using var node = started!;
        AnsiConsole.MarkupLineInterpolated($"SIP at {node.Sip}, REST at {node.Http}.");

        var plans = Plans(alpha, beta, calls);
        var finished = await PlaceAsync(node, plans, cancel);
        var records = await RecordsAsync(node.Services.GetRequiredService<ICdrQueries>(), plans.Count, cancel);
        Show(records);
        if (!finished || records.Count < plans.Count)
        {
            AnsiConsole.MarkupLineInterpolated(
                $"[red]{plans.Count} calls were placed and {records.Count} are recorded: please report this.[/]");
            return 1;
        }

        ShowNext();
        return 0;
    }

    private static VendorBehaviour Answering(int ringMs, int answerMs) =>
        new(0, TimeSpan.FromMilliseconds(ringMs), TimeSpan.FromMilliseconds(answerMs));

    private static List<Plan> Plans(DemoAgent alpha, DemoAgent beta, int calls)
    {
        // 44: copper first, then silver. 49: gold. 33: copper alone. 7: nobody.
        (DemoAgent Agent, string Name, string Callee, int TalkMs)[] patterns =
        [
            (alpha, "alpha", "442070001001", 2_000), (alpha, "alpha", "493012345678", 1_500),
            (beta, "beta", "493099887766", 3_000), (alpha, "alpha", "33144556677", 1_000),
            (beta, "beta", "493011112222", 2_000), (alpha, "alpha", "74951234567", 1_000),
        ];
        return
        [
            .. Enumerable.Range(0, calls).Select(i =>
            {
                var (agent, name, callee, talk) = patterns[i % patterns.Length];
                var caller = string.Create(CultureInfo.InvariantCulture, $"1202555{100 + i:0000}");
                return new Plan(agent, name, caller, callee, TimeSpan.FromMilliseconds(talk));
            }),
        ];
    }

    private static async Task<bool> PlaceAsync(SwitchNode node, List<Plan> plans, CancellationToken cancel)
    {
        var state = new ConcurrentDictionary<int, int>();
        var done = 0;
        using var over = new SemaphoreSlim(0);
        foreach (var agent in plans.Select(p => p.Customer).Distinct())
        {
            agent.Progress += progress =>
            {
                state[progress.Call] = progress.Status;
                if (progress.Status is not (0 or >= 300)) return;
                Interlocked.Increment(ref done);
                over.Release();
            };
        }

        return await AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(async context =>
            {
                var bar = context.AddTask("placing calls", maxValue: plans.Count);
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                limit.CancelAfter(Longest + plans.Count * TimeSpan.FromMilliseconds(200));
                try
                {
                    for (var i = 0; i < plans.Count; i++)
                    {
                        plans[i].Customer.Call(i, node.Sip!, plans[i].Caller, plans[i].Callee, plans[i].Talk);
                        await Task.Delay(150, limit.Token);
                        Update(i + 1);
                    }

                    while (Volatile.Read(ref done) < plans.Count)
                    {
                        await over.WaitAsync(TimeSpan.FromMilliseconds(100), limit.Token);
                        Update(plans.Count);
                    }

                    return true;
                }
                catch (OperationCanceledException)
                {
                    return false;
                }

                void Update(int placed)
                {
                    bar.Value = Volatile.Read(ref done);
                    var (ringing, talking) = (state.Values.Count(s => s is > 100 and < 200), state.Values.Count(s => s == 200));
                    bar.Description = $"{placed} placed, {ringing} ringing, {talking} talking, {done} over";
                }
            });
    }

    // Records are written in groups a moment after the call.
    private static async Task<IReadOnlyList<CallRecord>> RecordsAsync(ICdrQueries queries, int expected, CancellationToken cancel)
    {
        IReadOnlyList<CallRecord> records = [];
        for (var i = 0; i < 50 && records.Count < expected; i++)
        {
            if (i > 0) await Task.Delay(100, cancel);
            records = (await queries.ListAsync(CdrFilter.All, null, ICdrQueries.MaxPage, cancel)).Records;
        }

        // A page of records leaves attempts and decision trace out; each record alone has them.
        var whole = new List<CallRecord>(records.Count);
        foreach (var record in records.OrderBy(r => r.StartedAt))
            whole.Add(await queries.GetAsync(record.CallId, cancel) ?? record);
        return whole;
    }

    private static void Show(IReadOnlyList<CallRecord> records)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in (string[])["caller", "callee", "vendors tried", "taken by", "end reason"])
            table.AddColumn(new TableColumn(column).NoWrap());
        foreach (var column in (string[])["s", "price", "cost", "margin"])
            table.AddColumn(new TableColumn(column).RightAligned().NoWrap());
        foreach (var record in records)
        {
            var taken = record.AnsweredAt is null ? "-" : record.RoutingGateway;
            table.AddRow(
                record.Caller,
                record.Callee,
                record.Attempts.Length == 0 ? "-" : string.Join(" > ", record.Attempts.Select(a => a.RoutingGateway)),
                taken,
                record.EndReason.Info().Name,
                record.HoldTimeSeconds.ToString(CultureInfo.InvariantCulture),
                Text(record.Fee?.Amount),
                Text(record.Cost?.Amount),
                record is { Fee: { } fee, Cost: { } cost } ? Text(fee.Amount - cost.Amount) : "-");
        }

        AnsiConsole.WriteLine();
        AnsiConsole.Write(table);
        if (records.FirstOrDefault(r => r.Attempts.Length > 1) is { } story)
        {
            AnsiConsole.MarkupLineInterpolated($"[bold]The record of the call to {story.Callee} tells its story:[/]");
            foreach (var line in story.Trace) AnsiConsole.MarkupLineInterpolated($"  - {line}");
        }
    }

    private static string Text(decimal? amount) => amount?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "-";

    private static void ShowNext() => AnsiConsole.Write(new Panel(
        """
        Keep a switch running      dotnet run --project src/Node -- serve --config docs/examples/switch.yaml
        Its API, page by page      http://127.0.0.1:8080/docs   (header X-Api-Key: the key printed at the first start)
        Three nodes as one switch  ./cluster.sh up 3
        All tests                  ./test.sh
        How a call goes            docs/architecture.md
        """).Header("What to try next"));
}
