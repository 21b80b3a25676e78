using System.IO.Pipelines;

namespace IronProxy.Runtime.Requests;

/// <summary>
/// Puts the body of a response into the server's writer. The server lends room of 4 KiB, and over TLS makes a record, and a write, of each; asked for more, it
/// lends that in one piece.
/// </summary>
internal static class ResponsePieces
{
    /// <summary>What one record of TLS holds, in bytes (RFC 8446, 5.1).</summary>
    public const int Size = 16 * 1024;

    /// <summary>What the server lends unasked, in bytes.</summary>
    public const int ServersOwn = 4 * 1024;

    /// <summary>Puts bytes into the writer.</summary>
    /// <exception cref="IOException">The client went away: the server lends no room then.</exception>
    public static void Put(PipeWriter writer, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var piece = Math.Min(bytes.Length, Size);
            var room = writer.GetSpan(piece);
            if (room.Length < piece)
            {
                throw new IOException("The client went away.");
            }

            bytes[..piece].CopyTo(room);
            writer.Advance(piece);
            bytes = bytes[piece..];
        }
    }
}
