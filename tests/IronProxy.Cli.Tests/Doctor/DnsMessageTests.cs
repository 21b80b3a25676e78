using System.Net;
using IronProxy.Cli.Commands.Doctor.Probes;

namespace IronProxy.Cli.Tests.Doctor;

public class DnsMessageTests
{
    [Fact]
    public void A_made_up_address_is_told_from_a_real_one()
    {
        var reply = DnsMessage.TryRead(Answer(1, 0x80, 0, [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 77, 0, 1]), 7);

        Assert.Equal([IPAddress.Parse("10.77.0.1")], reply!.Addresses);
        Assert.True(reply.IsInvented([IPAddress.Parse("10.77.0.1")]));
        Assert.False(reply.IsInvented([IPAddress.Parse("10.77.0.2")]));
        Assert.False(reply.IsInvented([]));
    }

    [Fact]
    public void The_zone_of_a_name_that_does_not_exist_is_seen()
    {
        var reply = DnsMessage.TryRead(Answer(0, 0x83, 1, [0xC0, 14, 0, 6, 0, 1, 0, 0, 0, 60, 0, 22, 0, 0, .. new byte[20]]), 7);

        Assert.Equal(("NXDOMAIN", true), (reply!.CodeName, reply.HasAuthority));
    }

    [Fact]
    public void The_root_that_names_a_server_is_a_zone_and_the_one_that_names_none_is_the_proxy_s()
    {
        var root = DnsMessage.TryRead(Answer(0, 0x83, 1, [0, 0, 6, 0, 1, 0, 0, 0, 60, 0, 24, 1, (byte)'a', 0, 0, .. new byte[20]]), 7);
        var proxy = DnsMessage.TryRead(Answer(0, 0x83, 1, [0, 0, 6, 0, 1, 0, 0, 0, 60, 0, 22, 0, 0, .. new byte[20]]), 7);

        Assert.Equal((true, false), (root!.HasAuthority, proxy!.HasAuthority));
        Assert.Equal((false, true), (root.IsDenied, proxy.IsDenied));
    }

    [Fact]
    public void An_answer_to_another_question_is_none() =>
        Assert.Null(DnsMessage.TryRead(Answer(0, 0x80, 0, []), 8));

    [Fact]
    public void A_message_that_is_cut_anywhere_does_no_harm()
    {
        var whole = Answer(1, 0x80, 0, [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 77, 0, 1]);
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Null(DnsMessage.TryRead(whole.AsSpan(0, length), 7));
        }
    }

    [Fact]
    public void Only_nameserver_lines_of_resolv_conf_count() => Assert.Equal(
        ["10.0.0.2:53", "[fd00::2]:53"],
        WorkloadResolvers.Parse(["# nameserver 1.2.3.4", "search example.com", "nameserver 10.0.0.2", "nameserver\tfd00::2 # second", "nameserver nonsense"]).Select(e => e.ToString()));

    private static byte[] Answer(byte answers, byte code, byte authorities, byte[] records)
    {
        byte[] message = [.. DnsMessage.Query(7, "a.invalid", DnsMessage.A), .. records];
        message[2] = 0x81;
        message[3] = code;
        message[7] = answers;
        message[9] = authorities;
        return message;
    }
}
