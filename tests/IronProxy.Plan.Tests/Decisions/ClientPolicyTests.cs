using System.Net;

namespace IronProxy.Plan.Tests.Decisions;

public sealed class ClientPolicyTests
{
    private static readonly ClientPolicy Policy = new(
    [
        Client("ci") with { Username = "ci-user", Password = Password },
        Client("agent") with { Certificate = new ClientCertificatePlan(ClientCertificatePlan.Dns, "agent.internal"), Username = "agent", Password = Password },
        Client("site") with { Networks = ["10.0.0.0/8", "fd00::/8"] },
        Client("build") with { Networks = ["10.3.0.0/16"] },
        Client("host") with { Networks = ["10.3.0.7/32", "fd00:3::7/128"] },
        Client("other") with { Certificate = new ClientCertificatePlan(ClientCertificatePlan.Uri, "spiffe://corp/other") },
    ]);

    [Theory]
    [InlineData("10.9.0.1", "site")]
    [InlineData("10.3.0.1", "build")]
    [InlineData("10.3.0.7", "host")]
    [InlineData("::ffff:10.3.0.7", "host")]
    [InlineData("fd00:3::7", "host")]
    [InlineData("fd00:4::7", "site")]
    [InlineData("192.0.2.1", null)]
    [InlineData("2001:db8::1", null)]
    public void Of_several_networks_the_most_specific_names_the_client(string address, string? name)
    {
        Assert.Equal(name, Policy.FindByNetwork(IPAddress.Parse(address)));
        Assert.Equal(name is null ? Reason.ClientRequired : null, Policy.Identify(ListenerRole.Tunnel, From(address), out var client));
        Assert.Equal(name is null ? null : new ClientIdentity(name, ClientProof.Network), client);
    }

    [Fact]
    public void What_is_intercepted_may_come_from_anybody()
    {
        Assert.Null(Policy.Identify(ListenerRole.Https, From("192.0.2.1"), out var client));
        Assert.Null(client);
    }

    [Fact]
    public void A_certificate_goes_before_a_password_and_both_before_a_network()
    {
        var near = From("10.3.0.7");

        Assert.Equal(new ClientIdentity("ci", ClientProof.Password), Identify(near with { HasCredentials = true, CredentialsOf = "ci" }));
        Assert.Equal(new ClientIdentity("agent", ClientProof.Certificate), Identify(near with { Certificate = Shown("agent.internal") }));
        Assert.Equal(
            new ClientIdentity("agent", ClientProof.Certificate),
            Identify(near with { Certificate = Shown("agent.internal"), HasCredentials = true, CredentialsOf = "agent" }));
    }

    [Fact]
    public void What_is_shown_and_wrong_is_refused_although_something_else_would_name_a_client()
    {
        var near = From("10.3.0.7");

        Assert.Same(Reason.ClientCredentialsWrong, Refusal(near with { HasCredentials = true }));
        Assert.Same(Reason.ClientCredentialsWrong, Refusal(near with { Certificate = Shown("agent.internal"), HasCredentials = true }));
        Assert.Same(Reason.ClientCertificateUnknown, Refusal(near with { Certificate = Shown("nobody.internal") }));
        Assert.Same(Reason.ClientCertificateUnknown, Refusal(near with { Certificate = Shown("nobody.internal"), HasCredentials = true, CredentialsOf = "ci" }));
        Assert.Same(Reason.ClientMismatch, Refusal(near with { Certificate = Shown("agent.internal"), HasCredentials = true, CredentialsOf = "ci" }));
    }

    [Fact]
    public void A_certificate_that_names_two_clients_names_none()
    {
        var both = new ShownCertificate([.. Shown("agent.internal").Names, new ClientCertificatePlan(ClientCertificatePlan.Uri, "spiffe://corp/other")]);

        Assert.Same(Reason.ClientCertificateUnknown, Refusal(From("10.3.0.7") with { Certificate = both }));
    }

    [Fact]
    public void A_certificate_is_nobodys_business_where_no_client_has_one()
    {
        var policy = new ClientPolicy([Client("site") with { Networks = ["10.0.0.0/8"] }]);

        Assert.Null(policy.Identify(ListenerRole.Tunnel, From("10.0.0.1") with { Certificate = Shown("anybody.internal") }, out var client));
        Assert.Equal("site", client?.Name);
    }

    [Fact]
    public void Who_opened_something_is_who_it_was_as_long_as_there_is_such_a_client()
    {
        var (ci, gone) = (new ClientIdentity("ci", ClientProof.Password), new ClientIdentity("gone", ClientProof.Password));

        Assert.Equal(ci, Policy.Recall(ci, From("192.0.2.1")));
        Assert.Null(Policy.Recall(gone, From("192.0.2.1")));
        Assert.Equal(new ClientIdentity("host", ClientProof.Network), Policy.Recall(gone, From("10.3.0.7")));
        Assert.Null(Policy.Recall(new ClientIdentity("site", ClientProof.Password), From("192.0.2.1"))); // It has no password any more.
        Assert.Equal(new ClientIdentity("build", ClientProof.Network), Policy.Recall(new ClientIdentity("site", ClientProof.Network), From("10.3.0.1")));
        Assert.Equal("agent", Policy.Recall(new ClientIdentity("other", ClientProof.Certificate), From("192.0.2.1") with { Certificate = Shown("agent.internal") })?.Name);
    }

    [Theory]
    [InlineData("ci", "name")]
    [InlineData("x", "username")]
    [InlineData("y", "certificate")]
    [InlineData("z", "network")]
    public void What_two_clients_have_in_common_ends_the_start(string name, string what)
    {
        var other = what switch
        {
            "username" => Client(name) with { Username = "ci-user" },
            "certificate" => Client(name) with { Certificate = new ClientCertificatePlan(ClientCertificatePlan.Dns, "agent.internal") },
            "network" => Client(name) with { Networks = ["10.3.0.0/16"] },
            _ => Client(name),
        };
        ClientPlan[] all =
        [
            Client("ci") with { Username = "ci-user" },
            Client("agent") with { Certificate = new ClientCertificatePlan(ClientCertificatePlan.Dns, "agent.internal"), Networks = ["10.3.0.0/16"] },
            other,
        ];

        Assert.Throws<PlanException>(() => new ClientPolicy([.. all]));
        Assert.NotNull(new ClientPolicy([.. all[..2]]).Find("agent"));
    }

    private static CredentialPlan Password => new() { Name = "password", Source = new EnvSourcePlan { Var = "P", At = new SourcePosition(1, 1) } };

    private static ClientPlan Client(string name) => new() { Name = name, At = new SourcePosition(1, 1) };

    private static ClientEvidence From(string address) => new(IPAddress.Parse(address));

    private static ShownCertificate Shown(string dns) => new([new ClientCertificatePlan(ClientCertificatePlan.Dns, dns), new ClientCertificatePlan(ClientCertificatePlan.CommonName, "any")]);

    private static ClientIdentity? Identify(ClientEvidence evidence)
    {
        Assert.Null(Policy.Identify(ListenerRole.Tunnel, evidence, out var client));
        return client;
    }

    private static Reason? Refusal(ClientEvidence evidence)
    {
        var refusal = Policy.Identify(ListenerRole.Tunnel, evidence, out var client);
        Assert.Null(client);
        return refusal;
    }
}
