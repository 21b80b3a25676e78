using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Secrets;

/// <summary>Checks what sources in stores have in common.</summary>
internal static class StoreSourceValidator
{
    public static void Validate(StoreSourceConfig config, ValidationContext context)
    {
        var ttl = config.Ttl is { } text ? DurationText.ParseMilliseconds(text, context.Bag) : 0;
        if (config.FailureTtl is { } failure && DurationText.ParsePositiveMilliseconds(failure, context.Bag) is not null && ttl == 0)
        {
            context.Bag.NeverReadAgain(config.KeySpan("failure_ttl"));
        }
    }
}
