using Xunit.Abstractions;
using Xunit.Sdk;

namespace IronProxy.EndToEnd.Tests.Bypass;

/// <summary>The world of the corpus, and its score.</summary>
public sealed class BypassFixture(IMessageSink output) : IAsyncLifetime
{
    internal BypassWorld World { get; } = new();

    internal CorpusScore Score { get; } = new("bypass");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await World.DisposeAsync();
        output.OnMessage(new DiagnosticMessage(Score.ToString()));

        // A run of a few cases says nothing about the corpus.
        if (Score.Total == BypassCaseReader.ReadAll().Count)
        {
            await Score.KeepAsync();
        }
    }
}
