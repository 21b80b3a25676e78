using System.Text;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// How the server reads header bytes: as Latin-1, so that each byte has a place and none is lost on the way. The length of a
/// body is read more strictly than the server would: digits only (RFC 9110, 8.6), where <c>+3</c> would pass as 3.
/// </summary>
internal static class HeaderEncodings
{
    private static readonly Encoding Digits = new DigitsEncoding();

    public static Encoding? Select(string header) =>
        header.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) && Plan.Checks.On(Plan.Check.ContentLengthDigits)
            ? Digits
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
}
