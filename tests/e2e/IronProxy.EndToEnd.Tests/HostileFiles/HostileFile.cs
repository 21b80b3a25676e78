using System.Globalization;
using System.Text;

namespace IronProxy.EndToEnd.Tests.HostileFiles;

/// <summary>Files that are made to cost much: deep, wide, long, or multiplying.</summary>
internal static class HostileFile
{
    private const string Punctuation = "-:{}[]&*!|>%@`\"'# \n\tab0";
    private const string Domains = "tls: {ca_cert: a, ca_key: b}\ntransforms:\n  - name: allowlist\n    config:\n      domains:\n";
    private const string Rules = "tls: {ca_cert: a, ca_key: b}\ntransforms:\n  - name: allowlist\n    config:\n      rules:\n";
    private const string Secrets = "tls: {ca_cert: a, ca_key: b}\ntransforms:\n  - name: allowlist\n    config: {domains: [\"*\"]}\n  - name: secrets\n    config:\n      secrets:\n";

    /// <summary>The files by what is bad about them.</summary>
    public static IReadOnlyDictionary<string, Func<byte[]>> All { get; } = new SortedDictionary<string, Func<byte[]>>(StringComparer.Ordinal)
    {
        ["nested lists in brackets"] = () => Text(new string('[', 200_000)),
        ["nested lists of dashes"] = () => Text(string.Concat(Enumerable.Repeat("- ", 100_000))),
        ["nested mappings in braces"] = () => Text(string.Concat(Enumerable.Repeat("{a: ", 100_000))),
        ["nested mappings by indentation"] = () => Text(Lines(3000, i => new string(' ', i) + "a:")),
        ["aliases that multiply"] = () => Text("a: &a [x, x, x, x, x, x, x, x, x]\n"
            + Lines(20, i => $"b{i}: &b{i} [{string.Join(", ", Enumerable.Repeat(i == 0 ? "*a" : $"*b{i - 1}", 9))}]")),
        ["one long list behind very many aliases"] = () => Text("a: &a [" + Repeat("x, ", 1000) + "x]\n" + Lines(2000, i => $"b{i}: *a")),
        ["merge keys that multiply"] = () => Text("a: &a {" + string.Join(", ", Enumerable.Range(0, 5000).Select(i => $"k{i}: v")) + "}\n" + Lines(500, i => $"b{i}: {{<<: *a}}")),
        ["very many anchors"] = () => Text(Lines(100_000, i => $"k{i}: &a{i} v")),
        ["very many aliases without an anchor"] = () => Text(Lines(20_000, i => $"k{i}: &anchor{i} v") + Lines(50_000, i => $"j{i}: *anchr{i}")),
        ["a quoted text of 45 MB"] = () => Text("a: \"" + new string('x', 45_000_000) + "\""),
        ["a block of text of 45 MB"] = () => Text("a: |\n" + Repeat("  " + new string('y', 1000) + "\n", 45_000)),
        ["a host of 30 MB"] = () => Text(Domains + "        - \"" + Repeat("a.", 15_000_000) + "\"\n"),
        ["a path of a million wildcards"] = () => Text(Rules + "        - {host: a.example, paths: [\"/" + Repeat("*a", 1_000_000) + "\"]}\n"),
        ["a key of 30 MB"] = () => Text(new string('x', 30_000_000) + ": 1\n"),
        ["a choice of 30 MB"] = () => Text("tls: {mode: " + new string('x', 30_000_000) + "}\n"),
        ["a file above the limit"] = () => Text(new string('#', 49 << 20)),
        ["more values than the limit"] = () => Text("a: [" + Repeat("b,", 3_000_000) + "]\n"),
        ["very many unknown keys"] = () => Text(Lines(100_000, i => $"unknown{i}: v")),
        ["the same key very often"] = () => Text(Lines(200_000, _ => "tls: v")),
        ["very many mistakes in rules"] = () => Text(Rules + Lines(50_000, i => $"        - {{hosst: a{i}.example, metods: [GET]}}")),
        ["very many hosts with a scheme"] = () => Text(Domains + Lines(100_000, i => $"        - https://a{i}.example/b c")),
        ["very many globs"] = () => Text(Domains + Lines(20_000, i => $"        - \"a*b*c*{i}*.*.x*y*z*.example\"")),
        ["very many unknown transforms"] = () => Text("tls: {ca_cert: a, ca_key: b}\ntransforms:\n" + Lines(50_000, _ => "  - name: allowlst")),
        ["very many secrets"] = () => Text(Secrets + Lines(10_000, i => $"        - {{source: {{type: env, var: V{i}}}, replace: {{proxy_value: tok-{i}}}, rules: [{{host: h{i}.example}}]}}")),
        ["a regular expression that multiplies"] = () => Text(Secrets + "        - {source: {type: env, var: V}, replace: {proxy_value: tok, match_headers: [\"/(((a{1000}){1000}){1000})/\"]}, rules: [{host: h.example}]}\n"),
        ["a regular expression of open groups"] = () => Text(Secrets + "        - {source: {type: env, var: V}, replace: {proxy_value: tok, match_headers: [\"/" + new string('(', 50_000) + "/\"]}, rules: [{host: h.example}]}\n"),
        ["very many documents"] = () => Text(Repeat("---\n", 300_000)),
        ["very many directives"] = () => Text(Repeat("%YAML 1.2\n", 100_000)),
        ["very many comments"] = () => Text(Repeat("#\n", 3_000_000)),
        ["very many question marks"] = () => Text(Repeat("? ", 50_000)),
        ["nothing but blanks"] = () => Text(new string(' ', 5_000_000)),
        ["nothing but tabs"] = () => Text(new string('\t', 1_000_000) + "a: b"),
        ["nothing but colons"] = () => Text(new string(':', 1_000_000)),
        ["nothing but carriage returns"] = () => Text(new string('\r', 1_000_000)),
        ["a NUL"] = () => Text("tls: a\0b\n"),
        ["UTF-16"] = () => Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("tls: {}\n")).ToArray(),
        ["bytes that are no UTF-8"] = () => [.. "tls: "u8, 0xff, 0xfe, 0x80],
        ["random bytes"] = () => RandomBytes(1_000_000),
        ["random punctuation"] = () => [.. RandomBytes(1_000_000).Select(b => (byte)Punctuation[b % Punctuation.Length])],
    };

    /// <summary>A policy of a size that nothing is bad about: hosts, as many as a large one has, and comments.</summary>
    public static byte[] Harmless(int size)
    {
        const int Hosts = 20_000;
        var text = new StringBuilder(Domains);
        for (var i = 0; i < Hosts && text.Length < size; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"        - host-{i}.example.com\n");
        }

        while (text.Length < size)
        {
            text.Append("# What the next lines are for, as people write it.\n");
        }

        return Text(text.ToString());
    }

    private static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static string Repeat(string text, int count) => new StringBuilder(text.Length * count).Insert(0, text, count).ToString();

    private static string Lines(int count, Func<int, string> line)
    {
        var text = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{line(i)}\n");
        }

        return text.ToString();
    }
}
