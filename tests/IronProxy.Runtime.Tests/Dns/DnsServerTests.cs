using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Runtime.Dns;
using IronProxy.Runtime.Tests.Protocols.Dns;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Dns;

public sealed class DnsServerTests
{
    private static DnsServer Start(DnsPlan plan, TimeProvider? time = null) =>
        DnsPlans.Server(plan, DnsPlans.Tables(), lookups: null, time ?? TimeProvider.System).Started();

    [Theory]
    [InlineData("api.openai.com", QueryBytes.A, "NoError api.openai.com A 10.9.8.7")]
    [InlineData("API.OpenAI.com", QueryBytes.A, "NoError API.OpenAI.com A 10.9.8.7")]
    [InlineData("_dmarc.example.com", QueryBytes.A, "NoError _dmarc.example.com A 10.9.8.7")]
    [InlineData("api.openai.com", QueryBytes.Any, "NoError api.openai.com A 10.9.8.7")]
    [InlineData("api.openai.com", QueryBytes.Aaaa, "NoError")]
    [InlineData("api.openai.com", QueryBytes.Https, "NoError")]
    [InlineData("api.openai.com", QueryBytes.Svcb, "NoError")]
    [InlineData("api.openai.com", QueryBytes.Txt, "NoError")]
    [InlineData("api.openai.com", QueryBytes.Mx, "NoError")]
    [InlineData("api.openai.com", QueryBytes.Cname, "NoError")]
    [InlineData("api.openai.com", 12345, "NoError")]
    [InlineData("api.openai.com", QueryBytes.Axfr, "Refused")]
    [InlineData("api.openai.com", QueryBytes.Ixfr, "Refused")]
    [InlineData("-bad.example", QueryBytes.A, "NameError")]
    [InlineData("a b.example", QueryBytes.A, "NameError")]
    [InlineData("*.example", QueryBytes.A, "NameError")]
    [InlineData("10.0.0.1", QueryBytes.A, "NameError")]
    [InlineData("0x7f.1", QueryBytes.A, "NameError")]
    [InlineData("", QueryBytes.A, "NoError")]
    [InlineData("", 2, "NoError")]
    [InlineData("", QueryBytes.Any, "NoError")]
    [InlineData("", QueryBytes.Axfr, "Refused")]
    [InlineData("com", QueryBytes.A, "NoError com A 10.9.8.7")]
    [InlineData("in-addr.arpa", 12, "NoError")]
    public async Task Every_name_leads_to_the_proxy_and_every_other_type_is_empty(string name, int type, string expected)
    {
        await using var server = Start(DnsPlans.Of());
        Assert.Equal(expected, await DnsTestClient.LookUpAsync(server.Endpoint, name, type, tcp: false));
        Assert.Equal(expected, await DnsTestClient.LookUpAsync(server.Endpoint, name, type, tcp: true));
    }

    [Fact]
    public async Task A_proxy_with_an_IPv6_address_is_found_by_AAAA_alone()
    {
        await using var server = Start(DnsPlans.Of("2001:db8::7"));
        Assert.Equal("NoError a.example Aaaa 2001:db8::7", await DnsTestClient.LookUpAsync(server.Endpoint, "a.example", QueryBytes.Aaaa));
        Assert.Equal("NoError a.example Aaaa 2001:db8::7", await DnsTestClient.LookUpAsync(server.Endpoint, "a.example", QueryBytes.Any));
        Assert.Equal("NoError", await DnsTestClient.LookUpAsync(server.Endpoint, "a.example", QueryBytes.A));
    }

    [Fact]
    public async Task A_proxy_with_an_address_of_each_family_is_found_by_both()
    {
        await using var server = Start(DnsPlans.Of(records: [DnsPlans.A("db.local", "10.0.0.5"), DnsPlans.Cname("out.local", "a.example")]) with { ProxyIpv6 = "2001:db8::7" });
        Assert.Equal("NoError a.example A 10.9.8.7", await DnsTestClient.LookUpAsync(server.Endpoint, "a.example", QueryBytes.A));
        Assert.Equal("NoError a.example Aaaa 2001:db8::7", await DnsTestClient.LookUpAsync(server.Endpoint, "a.example", QueryBytes.Aaaa));
        Assert.Equal("NoError a.example A 10.9.8.7, a.example Aaaa 2001:db8::7", await DnsTestClient.LookUpAsync(server.Endpoint, "a.example", QueryBytes.Any));
        Assert.Equal("NoError out.local Cname a.example, a.example Aaaa 2001:db8::7", await DnsTestClient.LookUpAsync(server.Endpoint, "out.local", QueryBytes.Aaaa));
        Assert.Equal("NoError", await DnsTestClient.LookUpAsync(server.Endpoint, "a.example", QueryBytes.Https));
        Assert.Equal("NoError", await DnsTestClient.LookUpAsync(server.Endpoint, "a.example", QueryBytes.Svcb));

        // A static name has the addresses of its records and no others.
        Assert.Equal("NoError", await DnsTestClient.LookUpAsync(server.Endpoint, "db.local", QueryBytes.Aaaa));
    }

    /// <summary>RFC 2308, 3. The zone of the record is the root, and it names no host.</summary>
    [Theory]
    [InlineData("a.example", QueryBytes.Aaaa, 0x8180)]
    [InlineData("a.example", QueryBytes.Https, 0x8180)]
    [InlineData("-bad.example", QueryBytes.A, 0x8183)]
    public async Task What_is_not_there_is_so_for_half_a_minute(string name, int type, int flags)
    {
        await using var server = Start(DnsPlans.Of());
        byte[] soa =
        [
            0, .. QueryBytes.Number(6), .. QueryBytes.Number(1), 0, 0, 0, 30, .. QueryBytes.Number(22),
            0, 0, 0, 0, 0, 1, .. Enumerable.Repeat<byte[]>([0, 0, 0, 30], 4).SelectMany(n => n),
        ];
        var plain = QueryBytes.Of(name, type);
        Assert.Equal((byte[])[.. QueryBytes.Header(0x1234, flags, authorities: 1), .. plain[12..], .. soa], await DnsTestClient.AskUdpAsync(server.Endpoint, plain));
        var edns = QueryBytes.Of(name, type, udpSize: 4096);
        Assert.Equal(
            (byte[])[.. QueryBytes.Header(0x1234, flags, authorities: 1, additionals: 1), .. edns[12..^11], .. soa, .. QueryBytes.Edns(1232)],
            await DnsTestClient.AskTcpAsync(server.Endpoint, edns));
    }

    [Theory]
    [InlineData("alias.local", QueryBytes.Aaaa, 1)] // The alias is there, and its target has no such address.
    [InlineData("alias.local", QueryBytes.Cname, 0)]
    [InlineData("alias.local", QueryBytes.A, 0)]
    [InlineData("alias.local", QueryBytes.Any, 0)]
    [InlineData("loop.local", QueryBytes.A, 0)]
    [InlineData("a.example", QueryBytes.Axfr, 0)]
    public async Task Only_what_is_not_there_has_such_a_record(string name, int type, int authorities)
    {
        await using var server = Start(DnsPlans.Of(
            records: [DnsPlans.A("db.local", "10.0.0.5"), DnsPlans.Cname("alias.local", "db.local"), DnsPlans.Cname("loop.local", "loop.local")]));
        Assert.Equal(authorities, (await DnsTestClient.AskUdpAsync(server.Endpoint, QueryBytes.Of(name, type)))[9]);
    }

    /// <summary>RFC 6891, 6.2.3 to 6.2.5: less than 512 bytes counts as 512, and unknown options are passed over.</summary>
    [Fact]
    public async Task Small_sizes_and_unknown_options_of_EDNS_do_no_harm()
    {
        await using var server = Start(DnsPlans.Of(records: [.. Enumerable.Range(1, 25).Select(i => DnsPlans.A("some.local", $"10.0.0.{i}"))]));
        var small = QueryBytes.Of("some.local", QueryBytes.A, udpSize: 0);
        Assert.Equal(25, DnsTestClient.Describe(await DnsTestClient.AskUdpAsync(server.Endpoint, small), small).Split(',').Length);

        byte[] options = [.. QueryBytes.Header(7, 0x0100, additionals: 1), .. QueryBytes.Of("a.example", QueryBytes.A)[12..], .. QueryBytes.Edns(1232, options: [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0xFF, 0xFF, 0, 0])];
        Assert.Equal("NoError a.example A 10.9.8.7", DnsTestClient.Describe(await DnsTestClient.AskUdpAsync(server.Endpoint, options), options));
    }

    /// <summary>Clients that mix the case of letters to tell forged answers (0x20) find them as they sent them, in question and answer.</summary>
    [Fact]
    public async Task The_case_of_letters_comes_back_as_it_was_sent()
    {
        await using var server = Start(DnsPlans.Of());
        var query = QueryBytes.Of("aPi.OPEnai.cOM", QueryBytes.A);
        var answer = await DnsTestClient.AskUdpAsync(server.Endpoint, query);
        Assert.Equal(query[12..], answer[12..query.Length]);
        Assert.Equal("NoError aPi.OPEnai.cOM A 10.9.8.7", DnsTestClient.Describe(answer, query));
    }

    [Theory]
    [InlineData("db.local", QueryBytes.A, "NoError db.local A 10.0.0.5, db.local A 10.0.0.6")]
    [InlineData("DB.Local", QueryBytes.A, "NoError DB.Local A 10.0.0.5, DB.Local A 10.0.0.6")]
    [InlineData("db.local", QueryBytes.Aaaa, "NoError")]
    [InlineData("db.local", QueryBytes.Txt, "NoError")]
    [InlineData("sub.db.local", QueryBytes.A, "NoError sub.db.local A 10.9.8.7")]
    [InlineData("alias.local", QueryBytes.A, "NoError alias.local Cname db.local, db.local A 10.0.0.5, db.local A 10.0.0.6")]
    [InlineData("alias.local", QueryBytes.Cname, "NoError alias.local Cname db.local")]
    [InlineData("alias.local", QueryBytes.Aaaa, "NoError alias.local Cname db.local")]
    [InlineData("two.local", QueryBytes.A, "NoError two.local Cname alias.local, alias.local Cname db.local, db.local A 10.0.0.5, db.local A 10.0.0.6")]
    [InlineData("out.local", QueryBytes.A, "NoError out.local Cname api.openai.com, api.openai.com A 10.9.8.7")]
    [InlineData("loop.local", QueryBytes.A, "ServerFailure")]
    [InlineData("host.internal.corp", QueryBytes.A, "NoError host.internal.corp A 10.0.0.8")]
    public async Task Static_records_go_before_interception_and_passthrough(string name, int type, string expected)
    {
        await using var server = Start(DnsPlans.Of(
            passthrough: 0,
            records:
            [
                DnsPlans.A("db.local", "10.0.0.5"), DnsPlans.A("db.local", "10.0.0.6"), DnsPlans.Cname("alias.local", "db.local"),
                DnsPlans.Cname("two.local", "alias.local"), DnsPlans.Cname("out.local", "api.openai.com"),
                DnsPlans.Cname("loop.local", "loop.local"), DnsPlans.A("host.internal.corp", "10.0.0.8"),
            ]));
        Assert.Equal(expected, await DnsTestClient.LookUpAsync(server.Endpoint, name, type));
    }

    [Fact]
    public async Task The_answer_echoes_the_question_with_recursion_available_and_no_authority()
    {
        await using var server = Start(DnsPlans.Of());
        var query = QueryBytes.Of("Api.OpenAI.Com", QueryBytes.A, udpSize: 4096);
        var answer = await DnsTestClient.AskUdpAsync(server.Endpoint, query);
        byte[] expected =
        [
            .. QueryBytes.Header(0x1234, 0x8180, answers: 1, additionals: 1), .. query[12..^11],
            0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 9, 8, 7, .. QueryBytes.Edns(1232),
        ];
        Assert.Equal(expected, answer);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_no_plain_query_gets_the_code_for_it(bool tcp)
    {
        await using var server = Start(DnsPlans.Of());
        async Task<int> CodeOf(byte[] query) => (await DnsTestClient.AskAsync(server.Endpoint, query, tcp))[3] & 0x0F;

        var question = QueryBytes.Of("a.example", 1)[12..];
        Assert.Equal(1, await CodeOf(QueryBytes.Header(1, 0x0100)));
        Assert.Equal(1, await CodeOf([.. QueryBytes.Header(1, 0x0100, questions: 2), .. question, .. question]));
        Assert.Equal(1, await CodeOf([.. QueryBytes.Header(1, 0x0100), .. question, 0]));
        Assert.Equal(4, await CodeOf([.. QueryBytes.Header(1, 0x2000), .. question]));
        Assert.Equal(4, await CodeOf([.. QueryBytes.Header(1, 0x2800, questions: 7)]));
        Assert.Equal(5, await CodeOf(QueryBytes.Of("version.bind", QueryBytes.Txt, dnsClass: 3)));
        Assert.Equal(5, await CodeOf(QueryBytes.Of("a.example", QueryBytes.A, dnsClass: 255)));

        // An incremental transfer names the client's version of the zone (RFC 1995, 3).
        byte[] start = [0xC0, 12, 0, 6, 0, 1, 0, 0, 0, 0, 0, 22, 0, 0, .. new byte[20]];
        Assert.Equal(5, await CodeOf([.. QueryBytes.Header(1, 0x0100, authorities: 1), .. QueryBytes.Of("a.example", QueryBytes.Ixfr)[12..], .. start]));

        var version = await DnsTestClient.AskAsync(
            server.Endpoint, [.. QueryBytes.Header(1, 0x0100, additionals: 1), .. question, .. QueryBytes.Edns(1232, version: 1)], tcp);
        Assert.Equal((0, 1), (version[3] & 0x0F, version[^6]));
    }

    [Fact]
    public async Task Responses_and_fragments_of_a_head_get_no_answer()
    {
        await using var server = Start(DnsPlans.Of());
        Assert.True(await DnsTestClient.IsSilentUdpAsync(server.Endpoint, [.. QueryBytes.Header(1, 0x8100), .. QueryBytes.Of("a.example", 1)[12..]]));
        Assert.True(await DnsTestClient.IsSilentUdpAsync(server.Endpoint, [1, 2, 3]));
    }

    [Fact]
    public async Task An_answer_larger_than_the_client_takes_is_truncated_over_UDP_and_whole_over_TCP()
    {
        var records = Enumerable.Range(1, 60).Select(i => DnsPlans.A("big.local", $"10.0.0.{i}")).ToArray();
        await using var server = Start(DnsPlans.Of(records: records));
        var plain = QueryBytes.Of("big.local", QueryBytes.A);
        var cut = await DnsTestClient.AskUdpAsync(server.Endpoint, plain);
        Assert.Equal(0x02, cut[2] & 0x02);
        Assert.Equal("NoError", DnsTestClient.Describe(cut, plain));

        var edns = QueryBytes.Of("big.local", QueryBytes.A, udpSize: 1232);
        Assert.Equal(60, DnsTestClient.Describe(await DnsTestClient.AskUdpAsync(server.Endpoint, edns), edns).Split(',').Length);
        Assert.Equal(60, DnsTestClient.Describe(await DnsTestClient.AskTcpAsync(server.Endpoint, plain), plain).Split(',').Length);
    }

    [Fact]
    public async Task One_connection_carries_many_queries_also_when_they_come_in_pieces()
    {
        await using var server = Start(DnsPlans.Of());
        using var client = new TcpClient();
        await client.ConnectAsync(server.Endpoint);
        client.NoDelay = true;
        var stream = client.GetStream();
        var first = QueryBytes.Of("one.example", QueryBytes.A, id: 1);
        var second = QueryBytes.Of("two.example", QueryBytes.A, id: 2);
        byte[] both = [.. QueryBytes.Number(first.Length), .. first, .. QueryBytes.Number(second.Length), .. second];
        foreach (var part in both.Chunk(5))
        {
            await stream.WriteAsync(part);
        }

        Assert.Equal("NoError one.example A 10.9.8.7", DnsTestClient.Describe(await DnsTestClient.ReceiveTcpAsync(stream), first));
        Assert.Equal("NoError two.example A 10.9.8.7", DnsTestClient.Describe(await DnsTestClient.ReceiveTcpAsync(stream), second));
    }

    [Fact]
    public async Task An_idle_connection_is_closed()
    {
        await using var server = Start(DnsPlans.Of(), new HastyTime());
        using var client = new TcpClient();
        await client.ConnectAsync(server.Endpoint);
        await client.GetStream().WriteAsync(new byte[] { 0 });
        Assert.Equal(0, await ReadOrResetAsync(client.GetStream()));
    }

    [Fact]
    public async Task A_message_too_long_for_a_query_ends_the_connection()
    {
        await using var server = Start(DnsPlans.Of());
        using var client = new TcpClient();
        await client.ConnectAsync(server.Endpoint);
        await client.GetStream().WriteAsync(new byte[] { 0xFF, 0xFF });
        Assert.Equal(0, await ReadOrResetAsync(client.GetStream()));
    }

    /// <summary>RFC 8020: an answer that a name does not exist says that none below it does.</summary>
    [Theory]
    [InlineData("-bad.example")]
    [InlineData("a b.example")]
    [InlineData("*.example")]
    [InlineData("10.0.0.1")]
    [InlineData("0x7f.1")]
    [InlineData("1")]
    public async Task Below_a_name_that_does_not_exist_none_does(string name)
    {
        await using var server = Start(DnsPlans.Of());
        Assert.Equal("NameError", await DnsTestClient.LookUpAsync(server.Endpoint, name, QueryBytes.A));
        Assert.Equal("NameError", await DnsTestClient.LookUpAsync(server.Endpoint, "www." + name, QueryBytes.A));
    }

    [Fact]
    public async Task Idle_connections_make_room_for_others_the_oldest_first()
    {
        await using var server = Start(DnsPlans.Of(), new StillTime()); // Idle ones end by themselves after 10 s, which is not asked about here.
        var idle = new List<TcpClient>();
        try
        {
            // All that there can be: four addresses of which each has its fill.
            for (var i = 0; i < DnsConnections.Max; i++)
            {
                idle.Add(await ConnectAndAskAsync(server.Endpoint, $"127.0.0.{10 + (i / DnsConnections.MaxPerClient)}"));
            }

            // The first of them is used again, so that the second is the oldest.
            await AskAsync(idle[0]);
            using var further = await ConnectAndAskAsync(server.Endpoint, "127.0.0.9");
            Assert.Equal(0, await ReadOrResetAsync(idle[1].GetStream()));
            await AskAsync(idle[0]);
            await AskAsync(idle[2]);
            await AskAsync(further);
        }
        finally
        {
            idle.ForEach(c => c.Dispose());
        }
    }

    [Fact]
    public async Task A_client_that_has_its_fill_of_connections_loses_its_own()
    {
        await using var server = Start(DnsPlans.Of(), new StillTime()); // Idle ones end by themselves after 10 s, which is not asked about here.
        using var other = await ConnectAndAskAsync(server.Endpoint, "127.0.0.9");
        var idle = new List<TcpClient>();
        try
        {
            for (var i = 0; i < DnsConnections.MaxPerClient + 1; i++)
            {
                idle.Add(await ConnectAndAskAsync(server.Endpoint, "127.0.0.10"));
            }

            Assert.Equal(0, await ReadOrResetAsync(idle[0].GetStream()));
            await AskAsync(other);
        }
        finally
        {
            idle.ForEach(c => c.Dispose());
        }
    }

    [Fact]
    public async Task A_query_that_never_becomes_whole_holds_no_place()
    {
        await using var server = Start(DnsPlans.Of());
        var slow = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 2 * DnsConnections.MaxPerClient; i++)
            {
                var client = await ConnectAsync(server.Endpoint, "127.0.0.10");
                slow.Add(client);
                await client.GetStream().WriteAsync(new byte[] { 0 });
            }

            using var further = await ConnectAndAskAsync(server.Endpoint, "127.0.0.10");
            await AskAsync(further);
        }
        finally
        {
            slow.ForEach(c => c.Dispose());
        }
    }

    private static async Task<TcpClient> ConnectAsync(IPEndPoint server, string from)
    {
        var client = new TcpClient(new IPEndPoint(IPAddress.Parse(from), 0));
        await client.ConnectAsync(server);
        return client;
    }

    private static async Task<TcpClient> ConnectAndAskAsync(IPEndPoint server, string from)
    {
        var client = await ConnectAsync(server, from);
        await AskAsync(client);
        return client;
    }

    private static async Task AskAsync(TcpClient client)
    {
        var query = QueryBytes.Of("a.example", QueryBytes.A);
        await DnsTestClient.SendTcpAsync(client.GetStream(), query);
        Assert.Equal("NoError a.example A 10.9.8.7", DnsTestClient.Describe(await DnsTestClient.ReceiveTcpAsync(client.GetStream()), query));
    }

    [Fact]
    public async Task Nothing_is_answered_between_bind_and_start()
    {
        await using var server = DnsPlans.Server(DnsPlans.Of(), DnsPlans.Tables(), null, TimeProvider.System);
        Assert.Throws<InvalidOperationException>(() => server.Endpoint);
        Assert.Throws<InvalidOperationException>(server.Start);
        server.Bind();
        Assert.True(await DnsTestClient.IsSilentUdpAsync(server.Endpoint, QueryBytes.Of("a.example", QueryBytes.A)));
        server.Start();
        Assert.Equal("NoError a.example A 10.9.8.7", await DnsTestClient.LookUpAsync(server.Endpoint, "a.example", QueryBytes.A));
    }

    [Fact]
    public async Task An_occupied_port_is_said_in_one_sentence()
    {
        await using var first = Start(DnsPlans.Of());
        var listen = new ListenAddress("127.0.0.1", first.Endpoint.Port);
        await using var second = DnsPlans.Server(DnsPlans.Of() with { Listen = listen }, DnsPlans.Tables(), null, TimeProvider.System);
        var failure = Assert.Throws<StartupException>(second.Bind);
        Assert.Equal($"dns.listen cannot listen on 127.0.0.1:{first.Endpoint.Port}: the port is taken by another process.", failure.Message);
    }

    [Fact]
    public async Task A_port_that_only_TCP_has_taken_is_occupied_too()
    {
        using var tcp = new TcpListener(IPAddress.Loopback, 0);
        tcp.Start();
        var listen = new ListenAddress("127.0.0.1", ((IPEndPoint)tcp.LocalEndpoint).Port);
        await using var server = DnsPlans.Server(DnsPlans.Of() with { Listen = listen }, DnsPlans.Tables(), null, TimeProvider.System);
        Assert.Throws<StartupException>(server.Bind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_an_address_the_server_is_reached_over_IPv4_and_where_it_is_there_IPv6(bool tcp)
    {
        await using var server = Start(DnsPlans.Of() with { Listen = new ListenAddress(null, 0) });
        var port = server.Endpoint.Port;
        Assert.Equal("NoError a.example A 10.9.8.7", await DnsTestClient.LookUpAsync(new IPEndPoint(IPAddress.Loopback, port), "a.example", QueryBytes.A, tcp));
        if (Socket.OSSupportsIPv6)
        {
            Assert.Equal("NoError a.example A 10.9.8.7", await DnsTestClient.LookUpAsync(new IPEndPoint(IPAddress.IPv6Loopback, port), "a.example", QueryBytes.A, tcp));
        }
    }

    [Fact]
    public async Task Stopping_is_quick_and_frees_the_port()
    {
        var server = Start(DnsPlans.Of());
        var endpoint = server.Endpoint;
        using var open = new TcpClient();
        await open.ConnectAsync(endpoint);
        await server.DisposeAsync().AsTask().WaitAsync(Patience.Event);
        await server.DisposeAsync();

        await using var next = Start(DnsPlans.Of() with { Listen = new ListenAddress("127.0.0.1", endpoint.Port) });
        Assert.Equal(endpoint, next.Endpoint);
    }

    [Fact]
    public async Task Random_datagrams_do_not_stop_the_server()
    {
        await using var server = Start(DnsPlans.Of(passthrough: 0));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server.Endpoint);
        var random = new Random(5);
        for (var i = 0; i <= 2000; i++)
        {
            var bytes = i % 2 == 0 ? new byte[random.Next(1, 5000)] : QueryBytes.Of("api.internal.corp", 1, 1232);
            if (i % 2 == 0)
            {
                random.NextBytes(bytes);
            }
            else
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            await socket.SendAsync(bytes);

            // A question in between keeps the datagrams from overflowing the server's socket.
            if (i % 20 == 0)
            {
                Assert.Equal("NoError a.example A 10.9.8.7", await DnsTestClient.LookUpAsync(server.Endpoint, "a.example", QueryBytes.A));
            }
        }
    }

    private static async Task<int> ReadOrResetAsync(NetworkStream stream)
    {
        using var patience = new CancellationTokenSource(Patience.Event);
        try
        {
            return await stream.ReadAsync(new byte[10], patience.Token);
        }
        catch (IOException)
        {
            return 0; // A reset closes as well: there were unread bytes.
        }
    }
}
