#include "CTOML.h"

#include <charconv>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace {

struct Node {
    ctoml_kind kind;
    uint32_t depth;
    uint32_t line;
    std::string key;
    std::string text;
};

/* The shortest text that gives the number again. */
std::string text_of(double number) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    return std::string(buffer, end);
}

ctoml_kind kind_of(const toml::node &node) {
    switch (node.type()) {
    case toml::node_type::table: return CTOML_TABLE;
    case toml::node_type::array: return CTOML_ARRAY;
    case toml::node_type::string: return CTOML_STRING;
    case toml::node_type::integer: return CTOML_INTEGER;
    case toml::node_type::floating_point: return CTOML_FLOAT;
    case toml::node_type::boolean: return CTOML_BOOLEAN;
    default: return CTOML_TIME;
    }
}

std::string text_of(const toml::node &node) {
    if (const auto *string = node.as_string()) return string->get();
    if (const auto *integer = node.as_integer()) return std::to_string(integer->get());
    if (const auto *number = node.as_floating_point()) return text_of(number->get());
    if (const auto *boolean = node.as_boolean()) return boolean->get() ? "true" : "false";
    return {};
}

/* Far more than any configuration needs, far less than what the stack holds. */
constexpr uint32_t depth_limit = 64;

struct NestedTooDeep {
    uint32_t line;
};

void append_children(const toml::node &parent, uint32_t depth, std::vector<Node> &nodes);

void append(const toml::node &node, std::string_view key, uint32_t line, uint32_t depth, std::vector<Node> &nodes) {
    if (depth == depth_limit) throw NestedTooDeep{line};
    nodes.push_back({kind_of(node), depth, line, std::string(key), text_of(node)});
    append_children(node, depth + 1, nodes);
}

void append_children(const toml::node &parent, uint32_t depth, std::vector<Node> &nodes) {
    if (const auto *table = parent.as_table()) {
        for (const auto &[key, node] : *table) append(node, key.str(), key.source().begin.line, depth, nodes);
    } else if (const auto *array = parent.as_array()) {
        for (const auto &node : *array) append(node, {}, node.source().begin.line, depth, nodes);
    }
}

} // namespace

struct ctoml_document {
    std::vector<Node> nodes;
    std::string error;
    uint32_t error_line = 0;
};

ctoml_document *ctoml_parse(const char *bytes, size_t count) {
    try {
        auto document = std::make_unique<ctoml_document>();
        auto result = std::make_unique<toml::parse_result>(toml::parse(std::string_view(bytes, count)));
        if (*result) {
            try {
                append_children(result->table(), 0, document->nodes);
            } catch (const NestedTooDeep &place) {
                document->error = "tables are nested too deep";
                document->error_line = place.line;
                /* Its destructor recurses as deep as the tables do, beyond the end of the stack. */
                (void)result.release();
            }
        } else {
            document->error = result->error().description();
            document->error_line = result->error().source().begin.line;
        }
        return document.release();
    } catch (...) {
        return nullptr;
    }
}

void ctoml_free(ctoml_document *document) { delete document; }

const char *ctoml_error(const ctoml_document *document, uint32_t *line) {
    if (document->error.empty()) return nullptr;
    *line = document->error_line;
    return document->error.c_str();
}

size_t ctoml_node_count(const ctoml_document *document) { return document->nodes.size(); }

ctoml_node ctoml_node_at(const ctoml_document *document, size_t index) {
    const Node &node = document->nodes[index];
    return {node.kind,        node.depth,       node.line, node.key.data(), node.key.size(),
            node.text.data(), node.text.size()};
}
