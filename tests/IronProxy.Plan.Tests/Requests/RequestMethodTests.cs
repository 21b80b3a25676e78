namespace IronProxy.Plan.Tests.Requests;

public sealed class RequestMethodTests
{
    [Theory]
    [InlineData("GET", true)]
    [InlineData("VERSION-CONTROL", true)]
    [InlineData("M-SEARCH", true)]
    [InlineData("PURGE", true)]
    [InlineData("get", false)]
    [InlineData("Get", false)]
    [InlineData("", false)]
    [InlineData("GET ", false)]
    [InlineData("GE T", false)]
    [InlineData("GET\r", false)]
    [InlineData("G\u00C9T", false)]
    [InlineData("G(T", false)]
    public void A_method_is_an_upper_case_token(string method, bool expected) =>
        Assert.Equal(expected, RequestMethod.IsValid(method));

    [Theory]
    [InlineData("CONNECT", "unsupported_target")]
    [InlineData("TRACE", "unsupported_method")]
    [InlineData("TRACK", "unsupported_method")]
    [InlineData("GET", null)]
    [InlineData("", null)]
    public void Methods_that_no_policy_can_judge_are_not_served(string method, string? reason) =>
        Assert.Equal(reason, RequestMethod.Unserved(method)?.Code);

    [Fact]
    public void A_method_has_at_most_64_characters()
    {
        Assert.True(RequestMethod.IsValid(new string('A', 64)));
        Assert.False(RequestMethod.IsValid(new string('A', 65)));
    }

    [Fact]
    public void Every_known_method_has_a_bit_of_its_own()
    {
        var bits = RequestMethod.Names.Select(RequestMethod.BitOf).ToList();

        Assert.All(bits, bit => Assert.Equal(1, System.Numerics.BitOperations.PopCount(bit)));
        Assert.Equal(bits.Count, bits.Distinct().Count());
        Assert.Equal(0UL, RequestMethod.BitOf("PURGE"));
        Assert.Equal(0UL, RequestMethod.BitOf("get"));
    }

    /// <summary>Each is written here once more, so that none is lost unseen: suggestions are made of them.</summary>
    [Fact]
    public void No_known_method_is_lost() => Assert.Equal(
        "ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT CONNECT COPY DELETE GET HEAD LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF "
        + "MKWORKSPACE MOVE OPTIONS ORDERPATCH PATCH POST PROPFIND PROPPATCH PUT QUERY REBIND REPORT SEARCH TRACE UNBIND UNCHECKOUT UNLINK "
        + "UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL",
        string.Join(' ', RequestMethod.Names.Order(StringComparer.Ordinal)));
}
