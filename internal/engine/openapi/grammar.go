package openapi

import (
	"slices"
	"strings"
)

// A shape is a kind of object in the OpenAPI specification.
type shape uint8

const (
	noShape shape = iota
	documentShape
	infoShape
	serverShape
	variableShape
	pathsShape
	pathItemShape
	operationShape
	parameterShape
	headerShape
	bodyShape
	mediaTypeShape
	encodingShape
	responseShape
	schemaShape
	discriminatorShape
	componentsShape
	schemeShape
	flowsShape
	flowShape
	requirementShape
)

func (s shape) String() string {
	return [...]string{"value", "OpenAPI document", "info", "server", "server variable", "paths", "path item", "operation",
		"parameter", "header", "request body", "media type", "encoding", "response", "schema", "discriminator",
		"components", "security scheme", "OAuth flows", "OAuth flow", "security requirement"}[s]
}

// referable says whether a $ref may stand in place of the object.
func (s shape) referable() bool {
	switch s {
	case pathItemShape, parameterShape, headerShape, bodyShape, responseShape, schemaShape, schemeShape:
		return true
	}
	return false
}

// A rule says what may stand under a member name.
type rule struct {
	kinds kind  // what the value itself may be
	each  kind  // what items or members may be, for lists and maps of scalars
	shape shape // of the value, or of its items or members when many is set
	many  bool  // a list, or a map, of shape
	vital bool  // an operation cannot be called when the value is of the wrong kind
	whole bool  // a number without fraction, at least 0
}

func text() rule                { return rule{kinds: stringKind} }
func boolean() rule             { return rule{kinds: boolKind} }
func number() rule              { return rule{kinds: numberKind} }
func count() rule               { return rule{kinds: numberKind, whole: true} }
func data() rule                { return rule{kinds: 0xFF} }
func list() rule                { return rule{kinds: arrayKind} }
func texts() rule               { return rule{kinds: arrayKind, each: stringKind} }
func textMap() rule             { return rule{kinds: objectKind, each: stringKind} }
func object(s shape) rule       { return rule{kinds: objectKind, shape: s} }
func mapOf(s shape) rule        { return rule{kinds: objectKind, shape: s, many: true} }
func listOf(s shape) rule       { return rule{kinds: arrayKind, shape: s, many: true} }
func schemaOrFlag() rule        { return rule{kinds: objectKind | boolKind, shape: schemaShape} }
func (r rule) isVital() rule    { r.vital = true; return r }
func (r rule) also(k kind) rule { r.kinds |= k; return r }

// field returns the rule for a member of an object of shape s. Members without
// a rule (extensions, examples, links, callbacks, documentation) are left alone
// and do not reach the library.
func field(s shape, key string) (rule, bool) {
	if strings.HasPrefix(key, "x-") {
		return rule{}, false
	}
	switch s {
	case documentShape:
		return documentField(key)
	case infoShape:
		return pick(key, text(), "title", "version", "description")
	case serverShape:
		if key == "variables" {
			return mapOf(variableShape), true
		}
		return pick(key, text(), "url", "description")
	case variableShape:
		if key == "enum" {
			return texts(), true
		}
		return pick(key, text(), "default", "description")
	case pathsShape:
		return object(pathItemShape).isVital(), true
	case pathItemShape:
		return pathItemField(key)
	case operationShape:
		return operationField(key)
	case parameterShape, headerShape:
		return parameterField(key)
	case bodyShape, mediaTypeShape, encodingShape, responseShape:
		return contentField(s, key)
	case schemaShape:
		return schemaField(key)
	case discriminatorShape:
		return pick(key, text(), "propertyName")
	case componentsShape:
		return componentsField(key)
	case schemeShape, flowsShape, flowShape:
		return securityField(s, key)
	case requirementShape:
		return texts(), true
	}
	return rule{}, false
}

func pick(key string, r rule, names ...string) (rule, bool) {
	if slices.Contains(names, key) {
		return r, true
	}
	return rule{}, false
}

func documentField(key string) (rule, bool) {
	switch key {
	case "openapi":
		return text(), true
	case "info":
		return object(infoShape), true
	case "servers":
		return listOf(serverShape), true
	case "paths":
		return object(pathsShape), true
	case "components":
		return object(componentsShape), true
	case "security":
		return listOf(requirementShape).isVital(), true
	}
	return rule{}, false
}

func pathItemField(key string) (rule, bool) {
	switch key {
	case "summary", "description":
		return text(), true
	case "servers":
		return listOf(serverShape), true
	case "parameters":
		return listOf(parameterShape).isVital(), true
	}
	if isMethod(key) {
		return object(operationShape).isVital(), true
	}
	return rule{}, false
}

func isMethod(key string) bool {
	switch key {
	case "get", "put", "post", "delete", "options", "head", "patch", "trace":
		return true
	}
	return false
}

func operationField(key string) (rule, bool) {
	switch key {
	case "operationId", "summary", "description":
		return text(), true
	case "deprecated":
		return boolean(), true
	case "tags":
		return texts(), true
	case "servers":
		return listOf(serverShape), true
	case "parameters":
		return listOf(parameterShape).isVital(), true
	case "requestBody":
		return object(bodyShape).isVital(), true
	case "responses":
		return mapOf(responseShape), true
	case "security":
		return listOf(requirementShape).isVital(), true
	}
	return rule{}, false
}

func parameterField(key string) (rule, bool) {
	switch key {
	case "name", "in":
		return text().isVital(), true
	case "description", "style":
		return text(), true
	case "required", "deprecated", "allowEmptyValue", "allowReserved", "explode":
		return boolean(), true
	case "schema":
		return schemaOrFlag(), true
	case "content":
		return mapOf(mediaTypeShape).isVital(), true
	}
	return rule{}, false
}

func contentField(s shape, key string) (rule, bool) {
	switch {
	case key == "description" && (s == bodyShape || s == responseShape):
		return text(), true
	case key == "required" && s == bodyShape:
		return boolean(), true
	case key == "content" && s == bodyShape:
		return mapOf(mediaTypeShape).isVital(), true
	case key == "content" && s == responseShape:
		return mapOf(mediaTypeShape), true
	case key == "headers" && (s == responseShape || s == encodingShape):
		return mapOf(headerShape), true
	case key == "schema" && s == mediaTypeShape:
		return schemaOrFlag(), true
	case key == "encoding" && s == mediaTypeShape:
		return mapOf(encodingShape), true
	}
	if s == encodingShape {
		return encodingField(key)
	}
	return rule{}, false
}

func encodingField(key string) (rule, bool) {
	switch key {
	case "contentType", "style":
		return text(), true
	case "explode", "allowReserved":
		return boolean(), true
	}
	return rule{}, false
}

func schemaField(key string) (rule, bool) {
	switch key {
	case "type":
		return rule{kinds: stringKind | arrayKind, each: stringKind}, true
	case "title", "format", "description", "pattern", "contentMediaType", "contentEncoding":
		return text(), true
	case "nullable", "readOnly", "writeOnly", "uniqueItems", "deprecated":
		return boolean(), true
	case "minimum", "maximum", "multipleOf":
		return number(), true
	case "exclusiveMinimum", "exclusiveMaximum":
		return number().also(boolKind), true
	case "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains":
		return count(), true
	case "enum":
		return list(), true
	case "default", "const":
		return data(), true
	case "required":
		return texts(), true
	case "allOf", "oneOf", "anyOf", "prefixItems":
		return rule{kinds: arrayKind, shape: schemaShape, many: true}, true
	case "not", "items", "additionalProperties", "contains", "propertyNames", "unevaluatedItems", "unevaluatedProperties", "if", "then", "else":
		return schemaOrFlag(), true
	case "properties", "patternProperties", "dependentSchemas", "$defs":
		return mapOf(schemaShape), true
	case "discriminator":
		return object(discriminatorShape), true
	}
	return rule{}, false
}

func componentsField(key string) (rule, bool) {
	switch key {
	case "schemas":
		return mapOf(schemaShape), true
	case "parameters":
		return mapOf(parameterShape), true
	case "requestBodies":
		return mapOf(bodyShape), true
	case "responses":
		return mapOf(responseShape), true
	case "headers":
		return mapOf(headerShape), true
	case "securitySchemes":
		return mapOf(schemeShape), true
	case "pathItems":
		return mapOf(pathItemShape), true
	}
	return rule{}, false
}

func securityField(s shape, key string) (rule, bool) {
	switch s {
	case schemeShape:
		if key == "flows" {
			return object(flowsShape), true
		}
		return pick(key, text(), "type", "description", "name", "in", "scheme", "bearerFormat", "openIdConnectUrl")
	case flowsShape:
		return pick(key, object(flowShape), "implicit", "password", "clientCredentials", "authorizationCode")
	}
	if key == "scopes" {
		return textMap(), true
	}
	return pick(key, text(), "authorizationUrl", "tokenUrl", "refreshUrl")
}
