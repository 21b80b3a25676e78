using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Socks5;

namespace IronProxy.Fuzzing.Targets;

/// <summary>What a SOCKS5 server on the way to upstreams answers.</summary>
internal sealed class Socks5AnswersTarget() : FuzzTarget("socks5-answers")
{
    public override IEnumerable<byte[]> Seeds =>
    [
        [5, 0], [5, 2], [1, 0], [1, 1],
        [5, 0, 0, 1, 0, 0, 0, 0, 0, 0],
        [5, 0, 0, 4, .. new byte[18]],
        [5, 0, 0, 3, .. Bytes.Vector8(Bytes.Of("proxy.example")), 4, 56],
        [5, 2, 0, 1, 0, 0, 0, 0, 0, 0],
    ];

    public override int MaxLength => Socks5Answers.MaxReplyLength + 16;

    public override void Run(byte[] input, IReadOnlyList<int> cuts)
    {
        var whole = Reply(input);
        foreach (var cut in cuts)
        {
            var prefix = Reply(input[..cut]);
            Require(prefix.Status != ParseStatus.Invalid || whole.Status == ParseStatus.Invalid, $"What {cut} bytes cannot begin, more of them are not");
            Require(
                prefix.Status != ParseStatus.NeedMore || whole.Status != ParseStatus.Done || whole.Code != 0 || prefix.Needed <= input.Length,
                "No more is asked for than an answer that leads on has");
        }

        // What chooses and what judges has two bytes; others say nothing.
        var isChoice = Socks5Answers.TryReadMethod(input, out var method);
        Require(!isChoice || (input.Length == Socks5Answers.ChoiceLength && Enum.IsDefined(method)), "A choice is one that a client can have offered");
        Require(!Socks5Answers.TryReadVerdict(input, out var accepted) || input.Length == Socks5Answers.ChoiceLength, "A verdict has two bytes");
        Require(!accepted || input[^1] == 0, "Only zero accepts");
    }

    private static (ParseStatus Status, byte Code, int Needed) Reply(byte[] bytes)
    {
        var status = Socks5Answers.TryReadReply(bytes, out var code, out var needed);
        Require(status != ParseStatus.NeedMore || (needed > bytes.Length && needed <= Socks5Answers.MaxReplyLength), $"{bytes.Length} bytes are too few, and {needed} are asked for");
        Require(status != ParseStatus.Done || code == bytes[1], "The code is that of the reply");
        return (status, code, status == ParseStatus.NeedMore ? needed : 0);
    }
}
