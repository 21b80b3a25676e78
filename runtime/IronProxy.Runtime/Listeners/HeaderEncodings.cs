using System.Text;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// How the server reads header bytes: as Latin-1, so that each byte has a place and none is lost on the way. The length of a
/// body is read more strictly than the server would: digits only (RFC 9110, 8.6), where <c>+3</c> would pass as 3. And what
/// <c>Connection</c> names is kept, where the server puts the one option that it knows in the place of all lines.
/// </summary>
internal static class HeaderEncodings
{
    private static readonly Encoding Digits = new DigitsEncoding();
    private static readonly Encoding Names = new ConnectionEncoding();

    public static Encoding? Select(string header) =>
        header.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) && Plan.Checks.On(Plan.Check.ContentLengthDigits) ? Digits
        : header.Equals("Connection", StringComparison.OrdinalIgnoreCase) ? Names
        : Encoding.Latin1;

    /// <summary>Digits stay; any other byte becomes a character that no number has, so that the server refuses the length.</summary>
    private sealed class DigitsEncoding : Encoding
    {
        public override int GetByteCount(char[] chars, int index, int count) => count;

        public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
            Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

        public override int GetCharCount(byte[] bytes, int index, int count) => count;

        public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)
        {
            for (var i = 0; i < byteCount; i++)
            {
                var c = (char)bytes[byteIndex + i];
                chars[charIndex + i] = char.IsAsciiDigit(c) ? c : 'x';
            }

            return byteCount;
        }

        public override int GetMaxByteCount(int charCount) => charCount;

        public override int GetMaxCharCount(int byteCount) => byteCount;
    }

    /// <summary>
    /// Kestrel 10.0 (HttpHeaders.ParseConnection) replaces all Connection lines by "close", "keep-alive" or "upgrade" when they have that option and no other
    /// that it knows, whatever else they name. Two options together it leaves alone: both are added to a line that names something else. It then closes the connection
    /// behind the request, which it may.
    /// </summary>
    private sealed class ConnectionEncoding : Encoding
    {
        private const string TwoOptions = ", close, keep-alive";

        public override int GetByteCount(char[] chars, int index, int count) => count;

        public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
            Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

        public override int GetCharCount(byte[] bytes, int index, int count) => count + (NamesOthers(bytes.AsSpan(index, count)) ? TwoOptions.Length : 0);

        public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)
        {
            Latin1.GetChars(bytes, byteIndex, byteCount, chars, charIndex);
            if (!NamesOthers(bytes.AsSpan(byteIndex, byteCount)))
            {
                return byteCount;
            }

            TwoOptions.CopyTo(chars.AsSpan(charIndex + byteCount));
            return byteCount + TwoOptions.Length;
        }

        public override int GetMaxByteCount(int charCount) => charCount;

        public override int GetMaxCharCount(int byteCount) => byteCount + TwoOptions.Length;

        /// <summary>Whether a line names more than options, and more than what is never forwarded.</summary>
        private static bool NamesOthers(ReadOnlySpan<byte> line)
        {
            foreach (var part in line.Split((byte)','))
            {
                var name = Latin1.GetString(line[part].Trim(" \t"u8));
                if (name.Length > 0 && !name.Equals("close", StringComparison.OrdinalIgnoreCase) && !Plan.HeaderName.IsHopByHop(name))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
