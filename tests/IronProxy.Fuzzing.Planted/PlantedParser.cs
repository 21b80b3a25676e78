namespace IronProxy.Fuzzing.Planted;

/// <summary>A parser with faults. It is instrumented like those of the product, and in an assembly of its own, so that what drives it is not.</summary>
public static class PlantedParser
{
    /// <summary>Six bytes that chance alone finds once in 2^48 times, and that tell themselves one by one to who looks at branches.</summary>
    public static bool IsMagic(byte[] input) =>
        BeginsMagic(input)
        && input[2] == 'o'
        && input[3] == 'n'
        && input[4] == 0xFE
        && input[5] == 0x07;

    public static bool BeginsMagic(byte[] input)
    {
        if (input.Length < 6)
        {
            return false;
        }

        if (input[0] != 'I')
        {
            return false;
        }

        return input[1] == 'r';
    }

    /// <summary>Looks for two bytes, and forgets the first of them when they do not come together.</summary>
    public static bool HasBegin(byte[] input, int[] cuts)
    {
        var at = 0;
        foreach (var end in (int[])[.. cuts.Where(c => c <= input.Length), input.Length])
        {
            for (; at + 1 < end; at++)
            {
                if (input[at] == 'I' && input[at + 1] == 'r')
                {
                    return true;
                }
            }

            at = end;
        }

        return false;
    }
}
