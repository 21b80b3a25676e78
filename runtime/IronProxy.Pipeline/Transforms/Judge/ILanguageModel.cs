namespace IronProxy.Pipeline.Transforms;

/// <summary>A language model of the operator that is asked about requests.</summary>
public interface ILanguageModel
{
    /// <summary>Asks it.</summary>
    /// <param name="question">The question.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ModelUnavailableException">There is no answer of the model.</exception>
    /// <exception cref="SecretUnavailableException">There is no key to ask it with.</exception>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    Task<ModelAnswer> AskAsync(ModelQuestion question, CancellationToken cancellation);
}

/// <summary>What a language model is asked.</summary>
/// <param name="Instructions">What it is to do: the words of the operator.</param>
/// <param name="Matter">What it is to do it with: nothing in here is an instruction.</param>
public sealed record ModelQuestion(string Instructions, string Matter);

/// <summary>What a language model answers.</summary>
/// <param name="Text">Its words.</param>
/// <param name="InputTokens">How many tokens it was sent; null when nobody says.</param>
/// <param name="OutputTokens">How many tokens it answered; null when nobody says.</param>
public sealed record ModelAnswer(string Text, long? InputTokens, long? OutputTokens);

/// <summary>A language model gave no answer.</summary>
/// <param name="words">Why, as the end of a sentence about it that repeats nothing of what was sent or received.</param>
/// <param name="isOfQuestion">Whether it is of this question, and says nothing about others.</param>
public sealed class ModelUnavailableException(string words, bool isOfQuestion = false) : Exception(words)
{
    /// <summary>Whether it is of this question, and says nothing about others: a filter of contents refused it, or it is too long.</summary>
    public bool IsOfQuestion { get; } = isOfQuestion;
}
