using System.Net;
using IronProxy.Compiler.Analysis.Warnings;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Sections.Proxy;

namespace IronProxy.Compiler.Tests.Sections;

public sealed class DefaultDenyListTests
{
    [Fact]
    public void The_schema_and_the_reference_name_what_is_denied()
    {
        var key = Assert.Single(ConfigShape.Of(typeof(ProxyConfig)).Keys, k => k.Name == "upstream_deny_cidrs");
        Assert.Equal(DefaultDenyList.Networks, Assert.IsType<string[]>(key.Attribute.Default));
    }

    [Fact]
    public void Every_address_that_warnings_know_is_denied() =>
        Assert.All(KnownAddresses.Addresses, known => Assert.Contains(DefaultDenyList.Networks, n => IPNetwork.Parse(n).Contains(known.Address)));
}
