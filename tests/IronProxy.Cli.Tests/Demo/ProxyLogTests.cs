using System.Text.Json;
using IronProxy.Cli.Commands.Demo;
using IronProxy.Testing;

namespace IronProxy.Cli.Tests.Demo;

public class ProxyLogTests
{
    private readonly ProxyLog _log = new();

    [Fact]
    public async Task A_line_that_came_before_is_found_and_taken_once()
    {
        _log.Add("""{"msg":"request","n":1}""");
        _log.Add("""{"msg":"request","n":2}""");

        Assert.Equal(1, (await Wait(Patience.Event))!.Value.GetProperty("n").GetInt32());
        Assert.Equal(2, (await Wait(Patience.Event))!.Value.GetProperty("n").GetInt32());
        Assert.Null(await Wait(TimeSpan.FromMilliseconds(10)));
    }

    [Fact]
    public async Task A_line_that_comes_later_is_waited_for_past_lines_that_are_not_meant()
    {
        var waiting = Wait(Patience.Event);

        _log.Add("Unhandled exception. not JSON");
        _log.Add("""{"msg":"ready"}""");
        Assert.False(waiting.IsCompleted);
        _log.Add("""{"msg":"request","n":3}""");

        Assert.Equal(3, (await waiting)!.Value.GetProperty("n").GetInt32());
    }

    [Fact]
    public async Task The_end_of_the_process_ends_the_wait()
    {
        var waiting = Wait(Patience.Event);

        _log.Close();

        Assert.Null(await waiting);
    }

    [Fact]
    public async Task Ctrl_C_ends_the_wait()
    {
        using var stop = new CancellationTokenSource();
        var waiting = _log.WaitForAsync(_ => true, Patience.Event, stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private Task<JsonElement?> Wait(TimeSpan timeout) =>
        _log.WaitForAsync(line => line.GetProperty("msg").ValueEquals("request"), timeout, CancellationToken.None);
}
