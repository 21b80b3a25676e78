using System.Text.Json;
using IronProxy.Runtime.Audit;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Tests.Audit;

public partial class JsonLineLoggerTests
{
    [Fact]
    public async Task What_a_message_names_is_in_members_of_its_own_and_numbers_are_numbers()
    {
        using var output = new MemoryStream();
        await using (var sink = new LineSink(output, TimeProvider.System))
        {
            using var loggers = new JsonLineLoggerProvider(sink, TimeProvider.System);
            Said(loggers.CreateLogger("Category"), 12, "a.test", true);
        }

        var line = JsonDocument.Parse(output.ToArray()).RootElement;
        Assert.Equal("12 of a.test, True", line.GetProperty("msg").GetString());
        Assert.Equal(12, line.GetProperty("count").GetInt32());
        Assert.Equal("a.test", line.GetProperty("host_name").GetString());
        Assert.True(line.GetProperty("is_last").GetBoolean());
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "{Count} of {HostName}, {IsLast}")]
    private static partial void Said(ILogger logger, int count, string hostName, bool isLast);
}
