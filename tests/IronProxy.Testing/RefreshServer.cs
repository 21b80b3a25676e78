using System.Globalization;
using System.Text.Json;

namespace IronProxy.Testing;

/// <summary>
/// A token endpoint that gives another refresh token with each answer and takes each once. One that comes a second time was stolen, or lost: from then on nothing
/// of that client is taken (RFC 9700, 4.14.2). POST /NAME is the endpoint of the client NAME.
/// </summary>
public sealed class RefreshServer : JsonServer
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _rotations = new(StringComparer.Ordinal);
    private readonly HashSet<string> _revoked = new(StringComparer.Ordinal);

    private RefreshServer()
    {
    }

    /// <summary>The seconds that an access token is good.</summary>
    public int Lifetime { get; set; } = 3600;

    /// <summary>Whether the tokens of a client are taken again, in any order, as some servers do.</summary>
    public bool IsLenient { get; set; }

    /// <summary>Starts it.</summary>
    public static RefreshServer Start()
    {
        var server = new RefreshServer();
        server.Listen();
        return server;
    }

    /// <summary>A refresh token: the first of a client is in the secret store.</summary>
    public static string Token(string client, int rotation = 0) => string.Create(CultureInfo.InvariantCulture, $"canary-refresh-{client}-{rotation}");

    /// <summary>How often a client has got a token.</summary>
    public int Rotations(string client)
    {
        lock (_gate)
        {
            return _rotations.GetValueOrDefault(client);
        }
    }

    /// <summary>The clients that have used a token twice.</summary>
    public IReadOnlyList<string> Revoked
    {
        get
        {
            lock (_gate)
            {
                return [.. _revoked];
            }
        }
    }

    /// <inheritdoc />
    protected override (int Status, string Body) Answer(ApiRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var client = request.Target.TrimStart('/');
        var form = request.Body.Split('&').Select(f => f.Split('=', 2)).ToDictionary(f => f[0], f => Uri.UnescapeDataString(f[1]), StringComparer.Ordinal);
        lock (_gate)
        {
            var rotation = _rotations.GetValueOrDefault(client);
            if (!IsLenient && form.GetValueOrDefault("refresh_token") != Token(client, rotation))
            {
                _revoked.Add(client);
            }

            if (_revoked.Contains(client))
            {
                return (400, """{"error":"invalid_grant"}""");
            }

            _rotations[client] = rotation + 1;
            return (200, JsonSerializer.Serialize(new { access_token = $"canary-access-{client}-{rotation + 1}", token_type = "Bearer", expires_in = Lifetime, refresh_token = Token(client, rotation + 1) }));
        }
    }
}
