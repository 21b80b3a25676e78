using System.Text;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols.Connect;

namespace IronProxy.Runtime.Tests.Protocols.Connect;

public sealed class ConnectRequestWriterTests
{
    [Theory]
    [InlineData("api.example", "api.example:443")]
    [InlineData("fd00::1", "[fd00::1]:443")]
    [InlineData("192.0.2.1", "192.0.2.1:443")]
    public void A_tunnel_is_asked_for_by_host_and_port(string host, string authority) =>
        Assert.Equal($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n", Write(host, null, null));

    [Fact]
    public void Credentials_are_base64_so_that_nothing_in_them_ends_a_line() => Assert.Equal(
        $"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nProxy-Authorization: Basic {Convert.ToBase64String("svc:p:w\r\nX: ä"u8)}\r\n\r\n", Write("a", "svc", "p:w\r\nX: ä"));

    private static string Write(string text, string? username, string? password)
    {
        Assert.Null(CanonicalHost.TryCreateFromText(text, out var host));
        return Encoding.Latin1.GetString(ConnectRequestWriter.Write(host, 443, username, password));
    }
}
