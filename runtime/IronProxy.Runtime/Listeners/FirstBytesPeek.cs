using IronProxy.Runtime.Protocols;
using Microsoft.AspNetCore.Connections;

namespace IronProxy.Runtime.Listeners;

/// <summary>Waits for the first bytes of a connection, and leaves them where they are.</summary>
internal static class FirstBytesPeek
{
    /// <summary>Tells what a connection speaks; <see cref="FirstBytesKind.NeedMore"/> when it ends, or its time does, before that can be told.</summary>
    public static async ValueTask<FirstBytesKind> ClassifyAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync().ConfigureAwait(false);
            var kind = FirstBytes.Classify(read.Buffer);
            if (kind == FirstBytesKind.NeedMore && !read.IsCompleted && !read.IsCanceled)
            {
                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            input.AdvanceTo(read.Buffer.Start);
            return kind;
        }
    }
}
