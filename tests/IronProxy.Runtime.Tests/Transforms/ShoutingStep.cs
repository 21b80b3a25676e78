using System.Text;
using IronProxy.Pipeline;

namespace IronProxy.Runtime.Tests.Transforms;

/// <summary>A response step as a transform would have one: it says in capitals what the upstream says, and adds up what it has seen.</summary>
internal sealed class ShoutingStep(Action disposed) : IRequestStep, IResponseStep, IDisposable
{
    public const string Made = "/made-here";

    public string Name => "shouting";

    public void Dispose() => disposed();

    public ValueTask<StepOutcome> RunAsync(RequestContext context) => new(context.Path == Made
        ? StepOutcome.Respond(new MadeResponse(203, [new("Content-Type", "text/plain"), new("X-Mood", "calm")], Encoding.ASCII.GetBytes("made")), null)
        : StepOutcome.Continue);

    public ValueTask<StepOutcome> RunAsync(ResponseContext response)
    {
        response.Step.Annotate("mood", response.Headers.Find("X-Mood") ?? "none");
        response.Headers.Set("X-Mood", "loud");
        response.Status = response.Status == 200 ? 203 : response.Status;
        response.Body = new ShoutingBody(response.Body);
        return new(StepOutcome.Continue);
    }

    private sealed class ShoutingBody(ResponseBody inner) : ResponseBodyFilter(inner)
    {
        private long _length;

        public override bool MayHaveTrailers => true;

        public override IEnumerable<KeyValuePair<string, string>> Trailers =>
            Inner.Trailers.Select(t => KeyValuePair.Create(t.Key, t.Value.ToUpperInvariant())).Append(new("X-Length", $"{_length}"));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
        {
            var read = await Inner.ReadAsync(buffer, cancellation).ConfigureAwait(false);
            _length += read;
            for (var i = 0; i < read; i++)
            {
                buffer.Span[i] = (byte)char.ToUpperInvariant((char)buffer.Span[i]);
            }

            return read;
        }
    }
}
