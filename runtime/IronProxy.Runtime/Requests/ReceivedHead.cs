using IronProxy.Pipeline;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Requests;

/// <summary>The head of a request as the server has read it.</summary>
/// <param name="request">The request.</param>
internal sealed class ReceivedHead(HttpRequest request) : ReceivedHeaders
{
    /// <inheritdoc />
    public override bool IsHttp2 => HttpProtocol.IsHttp2(request.Protocol);

    /// <inheritdoc />
    protected override string? FindLines(string name) => request.Headers.TryGetValue(name, out var values)
        ? values.Count == 1 ? values[0] ?? "" : values.ToString()
        : null;

    /// <inheritdoc />
    public override void CopyTo(HeaderLines lines, EndToEndNames names)
    {
        foreach (var (name, values) in request.Headers)
        {
            if (!names.Has(name))
            {
                continue;
            }

            for (var i = 0; i < values.Count; i++)
            {
                lines.Add(name, values[i] ?? "");
            }
        }
    }
}
