package provider

import "strings"

// prompts are the words that models were trained to find before a text, by what
// is in the model's name. The first that fits counts. (Their model cards.)
var prompts = []struct{ name, query, passage string }{
	{"nomic-embed-text", "search_query: ", "search_document: "},
	{"e5-mistral", "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: ", ""},
	{"multilingual-e5-large-instruct", "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: ", ""},
	{"qwen3-embedding", "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: ", ""},
	{"e5-", "query: ", "passage: "},
	{"snowflake-arctic-embed2", "query: ", ""},
	{"snowflake-arctic-embed-m-v2", "query: ", ""},
	{"snowflake-arctic-embed-l-v2", "query: ", ""},
	{"snowflake-arctic-embed", "Represent this sentence for searching relevant passages: ", ""},
	{"mxbai-embed-large", "Represent this sentence for searching relevant passages: ", ""},
	{"embeddinggemma", "task: search result | query: ", "title: none | text: "},
}

// prompted puts the words of a model before texts.
func prompted(model string, texts []string, query bool) []string {
	name := strings.ToLower(model)
	for _, p := range prompts {
		if !strings.Contains(name, p.name) {
			continue
		}
		before := p.passage
		if query {
			before = p.query
		}
		out := make([]string, len(texts))
		for i, text := range texts {
			out[i] = before + text
		}
		return out
	}
	return texts
}
