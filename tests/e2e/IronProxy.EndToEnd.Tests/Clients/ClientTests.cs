using IronProxy.EndToEnd.Tests.Tools;

namespace IronProxy.EndToEnd.Tests.Clients;

/// <summary>Programs that workloads run, each with a server of its own kind behind the proxy.</summary>
public sealed class ClientTests(ClientWorld world) : IClassFixture<ClientWorld>
{
    private static readonly string[] GitIdentity = ["-c", "user.name=workload", "-c", "user.email=workload@example.com"];

    [SkippableFact]
    public async Task Nodes_fetch_sends_and_receives_at_once()
    {
        var (site, port) = await world.ServeSiteAsync();
        await using var _ = site;
        Assert.Equal("GET true\n", await world.RunAsync("node", ClientWorld.Program("fetch.mjs"), world.ProxyUrl, Url(port)));
    }

    [SkippableFact]
    public async Task The_package_ws_speaks_compressed_messages()
    {
        var (site, port) = await world.ServeSiteAsync();
        await using var _ = site;
        var answer = await world.RunAsync("node", ClientWorld.Program("websocket.mjs"), world.ProxyUrl["http://".Length..], $"wss://api.example.com:{port}/chat");
        Assert.Equal("text true  4321\n", answer);
    }

    [SkippableFact]
    public async Task Pythons_requests_goes_by_its_environment()
    {
        Skip.IfNot(Directory.Exists("/usr/lib/python3/dist-packages/requests"), "requests is not installed (Debian: python3-requests)");
        var (site, port) = await world.ServeSiteAsync();
        await using var _ = site;
        Assert.Equal("GET\nTrue\n", await world.RunAsync("/usr/bin/python3", ClientWorld.Program("requests_client.py"), Url(port)));
    }

    [SkippableFact]
    public async Task Git_clones_and_pushes_over_https()
    {
        CommandLine.Require("git", "git");
        var repositories = Directory.CreateDirectory(world.Folder.File("repositories")).FullName;
        var bare = Path.Combine(repositories, "app.git");
        await CommandLine.SucceedAsync("git", "init", "--quiet", "--bare", "--initial-branch=main", bare);
        await CommandLine.SucceedAsync("git", "-C", bare, "config", "http.receivepack", "true");
        var (site, port) = await world.ServeSiteAsync(repositories);
        await using var _ = site;

        // More than git sends in one piece (http.postBuffer), so that it is chunked.
        var work = world.Folder.File("work");
        await world.RunAsync("git", "clone", "--quiet", $"{Url(port)}/git/app.git", work);
        var content = new byte[3 << 20];
        new Random(7).NextBytes(content);
        await File.WriteAllBytesAsync(Path.Combine(work, "large"), content);
        await world.RunAsync("git", "-C", work, "add", "large");
        await world.RunAsync(["git", "-C", work, .. GitIdentity, "commit", "--quiet", "--message", "large"]);
        await world.RunAsync("git", "-C", work, "push", "--quiet", "origin", "HEAD:main");

        var again = world.Folder.File("again");
        await world.RunAsync("git", "clone", "--quiet", $"{Url(port)}/git/app.git", again);
        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(again, "large")));
    }

    [SkippableFact]
    public async Task Grpc_calls_of_every_kind_reach_their_server()
    {
        Skip.IfNot(Directory.Exists("/usr/lib/python3/dist-packages/grpc"), "gRPC is not installed (Debian: python3-grpcio)");
        var (server, port) = await world.ServeAsync("/usr/bin/python3", ClientWorld.Program("grpc_server.py"), world.Folder.File("upstream.crt"), world.Folder.File("upstream.key"));
        await using var _ = server;
        var answers = await world.RunAsync("/usr/bin/python3", ClientWorld.Program("grpc_client.py"), world.Folder.CaFile, $"other.example.com:{port}");
        Assert.Equal(
            """
            unary 1000001 y 1000001
            many ['one', 'two', 'three']
            collect a b c
            talk ['heard you', 'heard me'] [] OK
            refuse FAILED_PRECONDITION not now policy
            denied PERMISSION_DENIED

            """,
            answers);
    }

    [SkippableFact]
    public async Task Chromium_loads_a_page_with_a_WebSocket_and_events()
    {
        CommandLine.Require("chromium", "chromium");
        CommandLine.Require("certutil", "libnss3-tools");
        var (site, port) = await world.ServeSiteAsync();
        await using var _ = site;

        // The store that Chromium reads on Linux.
        var store = "sql:" + Directory.CreateDirectory(world.Folder.File(".pki/nssdb")).FullName;
        await CommandLine.SucceedAsync("certutil", "-N", "--empty-password", "-d", store);
        await CommandLine.SucceedAsync("certutil", "-A", "-d", store, "-n", "proxy", "-t", "C,,", "-i", world.Folder.CaFile);
        string[] browser =
        [
            "env", $"HOME={world.Folder.FullPath}", "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", $"--user-data-dir={world.Folder.File("browser")}",
            $"--proxy-server={world.ProxyUrl}", "--remote-debugging-port=0", $"{Url(port)}/page",
        ];
        await using var chromium = BackgroundProcess.Start(browser);
        Assert.Equal("hello from the page, an event, GET", await site.NextLineAsync());
    }

    private static string Url(int port) => $"https://api.example.com:{port}";
}
