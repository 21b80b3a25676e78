using System.Text;

namespace IronProxy.Pipeline.Tests.Secrets;

/// <summary>Which token is used: the one in the store, in memory, or in a file.</summary>
public sealed class RotatedTokensTests
{
    private const string Endpoint = "https://login.example.com/token";

    private readonly FakeFile _file = new();

    [Fact]
    public async Task The_stored_token_is_used_until_another_comes()
    {
        var tokens = new RotatedTokens();
        Assert.Equal("stored", await UseAsync(tokens));
        Assert.Equal("stored", await UseAsync(tokens, "first"));
        Assert.Equal("first", await UseAsync(tokens));
        Assert.Equal(1, _file.Writes);
    }

    [Fact]
    public async Task Another_process_finds_it()
    {
        await UseAsync(new RotatedTokens(), "first");
        var other = new RotatedTokens();
        Assert.Equal("first", await UseAsync(other, "second"));
        Assert.Equal("second", await UseAsync(new RotatedTokens()));
        Assert.Equal(2, _file.Writes);
    }

    [Fact]
    public async Task What_another_process_has_written_since_goes_before_what_is_in_memory()
    {
        var (one, other) = (new RotatedTokens(), new RotatedTokens());
        await UseAsync(one, "first");
        Assert.Equal("first", await UseAsync(other, "second"));
        Assert.Equal("second", await UseAsync(one));
    }

    [Fact]
    public async Task What_could_not_be_written_goes_before_what_is_in_the_file_and_is_written_with_the_next_use()
    {
        var tokens = new RotatedTokens();
        await UseAsync(tokens, "first");
        _file.IsFull = true;
        await UseAsync(tokens, "second");
        Assert.Equal("second", await UseAsync(tokens, "third"));
        Assert.Equal("first", await UseAsync(new RotatedTokens()));

        _file.IsFull = false;
        Assert.Equal("third", await UseAsync(tokens));
        Assert.Equal("third", await UseAsync(new RotatedTokens()));
    }

    [Fact]
    public async Task An_older_file_that_is_put_back_is_overwritten()
    {
        var tokens = new RotatedTokens();
        await UseAsync(tokens, "first");
        var older = _file.Tokens;
        await UseAsync(tokens, "second");
        _file.Tokens = older;
        Assert.Equal("second", await UseAsync(tokens));
        Assert.Equal("second", await UseAsync(new RotatedTokens()));
    }

    [Fact]
    public async Task Another_stored_token_or_endpoint_is_another_entry()
    {
        var tokens = new RotatedTokens();
        await UseAsync(tokens, "first");
        await using (var use = await tokens.UseAsync(Endpoint, new SecretValue("anew"), _file, CancellationToken.None))
        {
            Assert.Equal("anew", use.Current.Reveal());
        }

        await using (var use = await tokens.UseAsync(Endpoint + "2", new SecretValue("stored"), _file, CancellationToken.None))
        {
            Assert.Equal("stored", use.Current.Reveal());
        }
    }

    [Fact]
    public async Task A_file_that_cannot_be_locked_leaves_the_token_free_for_the_next()
    {
        var tokens = new RotatedTokens();
        _file.Failure = new MintingFailedException("it cannot be locked");
        await Assert.ThrowsAsync<MintingFailedException>(() => UseAsync(tokens));
        _file.Failure = null;
        Assert.Equal("stored", await UseAsync(tokens));
    }

    [Fact]
    public async Task A_token_is_used_by_one_at_a_time()
    {
        var tokens = new RotatedTokens();
        var first = await tokens.UseAsync(Endpoint, new SecretValue("stored"), null, CancellationToken.None);
        var second = tokens.UseAsync(Endpoint, new SecretValue("stored"), null, CancellationToken.None);
        Assert.False(second.IsCompleted);
        first.Replace(new SecretValue("first"));
        await first.DisposeAsync();
        Assert.Equal("first", (await second).Current.Reveal());
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        var json = KeptTokens.None.With("B", new KeptToken(new SecretValue("b\"\u00e9"), 2)).With("A", new KeptToken(new SecretValue("a"), long.MaxValue - 1)).ToJson();
        var read = KeptTokens.TryParse(json);
        Assert.Equal(("b\"\u00e9", 2L), (read?.Find("B")?.Value.Reveal(), read?.Find("B")?.Rotation ?? 0));
        Assert.Equal(json.ToArray(), read?.ToJson().ToArray());
        Assert.Null(read?.Find("C"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"version":2,"tokens":{}}""")]
    [InlineData("""{"version":"1","tokens":{}}""")]
    [InlineData("""{"version":1,"tokens":[]}""")]
    [InlineData("""{"version":1,"tokens":{},"more":1}""")]
    [InlineData("""{"version":1,"version":1,"tokens":{}}""")]
    [InlineData("""{"version":1,"tokens":{"A":{"refresh_token":"a"}}}""")]
    [InlineData("""{"version":1,"tokens":{"A":{"refresh_token":"","rotation":1}}}""")]
    [InlineData("""{"version":1,"tokens":{"A":{"refresh_token":1,"rotation":1}}}""")]
    [InlineData("""{"version":1,"tokens":{"A":{"refresh_token":"\ud800","rotation":1}}}""")]
    [InlineData("""{"version":1,"tokens":{"A":{"refresh_token":"a","rotation":0}}}""")]
    [InlineData("""{"version":1,"tokens":{"A":{"refresh_token":"a","rotation":1.5}}}""")]
    [InlineData("""{"version":1,"tokens":{"A":{"refresh_token":"a","rotation":9223372036854775807}}}""")]
    [InlineData("""{"version":1,"tokens":{"A":{"refresh_token":"a","rotation":1,"more":1}}}""")]
    [InlineData("""{"version":1,"tokens":{"A":{"refresh_token":"a","rotation":1},"A":{"refresh_token":"b","rotation":1}}}""")]
    [InlineData("""{"version":1,"tokens":{}} {}""")]
    public void What_is_not_such_a_file_is_told(string json) => Assert.Null(KeptTokens.TryParse(Encoding.UTF8.GetBytes(json)));

    private async Task<string> UseAsync(RotatedTokens tokens, string? next = null)
    {
        await using var use = await tokens.UseAsync(Endpoint, new SecretValue("stored"), _file, CancellationToken.None);
        var used = use.Current.Reveal();
        if (next is not null)
        {
            use.Replace(new SecretValue(next));
        }

        return used;
    }

    private sealed class FakeFile : IStateFile
    {
        public KeptTokens Tokens { get; set; } = KeptTokens.None;

        public bool IsFull { get; set; }

        public int Writes { get; private set; }

        public MintingFailedException? Failure { get; set; }

        public Task<IStateLock> LockAsync(CancellationToken cancellation) => Failure is null ? Task.FromResult<IStateLock>(new Held(this)) : Task.FromException<IStateLock>(Failure);

        private sealed class Held(FakeFile file) : IStateLock
        {
            public KeptTokens Tokens => file.Tokens;

            public Task KeepAsync(KeptTokens tokens)
            {
                if (!file.IsFull)
                {
                    file.Writes++;
                    file.Tokens = tokens;
                }

                return Task.CompletedTask;
            }

            public void Dispose()
            {
            }
        }
    }
}
