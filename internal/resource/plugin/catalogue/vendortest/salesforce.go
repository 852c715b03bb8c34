package vendortest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Salesforce is an organization's REST API, version 60.0, for cases,
// opportunities, accounts and contacts: the resources sObject Basic Information,
// sObject Rows and Query. It is written from the "REST API Developer Guide"
// (those resources, and "Status Codes and Error Responses"), the "Object
// Reference" and the "SOQL and SOSL Reference".
//
// It has the accounts Acme and Globex, of which the first has the contact Jane
// Roe and the opportunity "Acme - 200 Widgets". Records are kept under the names
// of their objects: "Case", "Opportunity", "Account", "Contact".
func Salesforce(t testing.TB, authorization string) *Server {
	t.Helper()
	const base = "/services/data/v60.0"
	s := start(t, authorization, salesforceDialect(), map[string]operation{
		"GET " + base + "/query":                     query,
		"POST " + base + "/sobjects/{object}":        createObject,
		"GET " + base + "/sobjects/{object}/{id}":    readObject,
		"PATCH " + base + "/sobjects/{object}/{id}":  updateObject,
		"DELETE " + base + "/sobjects/{object}/{id}": deleteObject,
	})
	s.Add("Account", Record{"Id": recordID("001", 901), "Name": "Acme", "Type": "Customer - Direct", "Industry": "Energy", "BillingCity": "Berlin",
		"Owner": map[string]any{"Name": "Olga Owner"}, "LastModifiedDate": "2026-01-03T08:00:00.000+0000"})
	s.Add("Account", Record{"Id": recordID("001", 902), "Name": "Globex", "Type": "Prospect", "Industry": "Banking", "BillingCity": "Paris",
		"Owner": map[string]any{"Name": "Olga Owner"}, "LastModifiedDate": "2026-01-02T08:00:00.000+0000"})
	s.Add("Contact", Record{"Id": recordID("003", 911), "Name": "Jane Roe", "Title": "Director", "Email": "jane@acme.example", "Phone": "+49 30 1",
		"Account": map[string]any{"Name": "Acme"}, "LastModifiedDate": "2026-01-02T08:00:00.000+0000"})
	s.Add("Opportunity", Record{"Id": recordID("006", 921), "Name": "Acme - 200 Widgets", "StageName": "Prospecting", "CloseDate": "2026-03-31", "Amount": 20000.0,
		"IsClosed": false, "Account": map[string]any{"Name": "Acme"}, "Owner": map[string]any{"Name": "Olga Owner"}, "LastModifiedDate": "2026-01-02T08:00:00.000+0000"})
	return s
}

// recordID is the id of an object's record with that serial number: the
// object's prefix, and 18 characters in all.
func recordID(prefix string, n int) string { return fmt.Sprintf("%s%012d%s", prefix, n, "AAA") }

func salesforceDialect() dialect {
	return dialect{
		unauthorized: salesforceFailure(http.StatusUnauthorized, "INVALID_SESSION_ID", "Session expired or invalid"),
		unknown:      salesforceFailure(http.StatusNotFound, "NOT_FOUND", "The requested resource does not exist"),
		unreadable:   salesforceFailure(http.StatusBadRequest, "JSON_PARSER_ERROR", "Unexpected character"),
		check: func(r *request) *answer {
			if !acceptsJSON(r.Header.Get("Accept")) {
				a := salesforceFailure(http.StatusNotAcceptable, "UNSUPPORTED_MEDIA_TYPE", "Unsupported response type")
				return &a
			}
			return r.wantsJSON(salesforceFailure(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "Content type is not supported"))
		},
	}
}

// salesforceFailure is a list with one error, as all of Salesforce's are.
func salesforceFailure(status int, code, message string, fields ...string) answer {
	failure := map[string]any{"errorCode": code, "message": message}
	if len(fields) > 0 {
		failure["fields"] = fields
	}
	return answer{status: status, body: []any{failure}}
}

// An object is one of the organization's, with what it can be asked for and
// what it takes.
type object struct {
	prefix   string
	writable shape
	fields   map[string]string // kinds of those that SOQL and reading know, by name or path
}

// The objects, from the "Object Reference". Picklists are not restricted, as in
// a new organization: any text is taken.
var objects = map[string]object{
	"Case": {"500", shape{
		"Subject": {kind: "string", max: 255}, "Description": {kind: "string", max: 32000}, "Status": {kind: "string", max: 255}, "Priority": {kind: "string", max: 255},
		"Origin": {kind: "string", max: 255}, "Type": {kind: "string", max: 255}, "AccountId": {kind: "id:Account"}, "ContactId": {kind: "id:Contact"},
		"SuppliedEmail": {kind: "email"}, "SuppliedName": {kind: "string", max: 80},
	}, map[string]string{
		"Id": "string", "CaseNumber": "string", "Subject": "string", "Description": "string", "Status": "string", "Priority": "string", "Origin": "string", "Type": "string",
		"AccountId": "string", "ContactId": "string", "OwnerId": "string", "IsClosed": "boolean", "CreatedDate": "date-time", "LastModifiedDate": "date-time",
	}},
	"Opportunity": {"006", shape{
		"Name": {kind: "string", required: true, max: 120}, "StageName": {kind: "string", required: true, max: 255}, "CloseDate": {kind: "date", required: true},
		"Amount": {kind: "number"}, "Probability": {kind: "number"}, "Type": {kind: "string", max: 255}, "LeadSource": {kind: "string", max: 255},
		"NextStep": {kind: "string", max: 255}, "AccountId": {kind: "id:Account"}, "Description": {kind: "string", max: 32000},
	}, map[string]string{
		"Id": "string", "Name": "string", "StageName": "string", "CloseDate": "date", "Amount": "number", "Probability": "number", "Type": "string", "LeadSource": "string",
		"NextStep": "string", "Description": "string", "AccountId": "string", "OwnerId": "string", "Account.Name": "string", "Owner.Name": "string",
		"IsClosed": "boolean", "IsWon": "boolean", "LastModifiedDate": "date-time",
	}},
	"Account": {"001", nil, map[string]string{
		"Id": "string", "Name": "string", "Type": "string", "Industry": "string", "Phone": "string", "Website": "string", "BillingCity": "string", "BillingCountry": "string",
		"Owner.Name": "string", "LastModifiedDate": "date-time",
	}},
	"Contact": {"003", nil, map[string]string{
		"Id": "string", "Name": "string", "Title": "string", "Email": "string", "Phone": "string", "MobilePhone": "string", "Account.Name": "string", "LastModifiedDate": "date-time",
	}},
}

func createObject(s *Server, r *request) answer {
	name := r.PathValue("object")
	o, known := objects[name]
	if !known {
		return s.dialect.unknown
	}
	if refusal := s.wrong(name, o, r.body, true); refusal != nil {
		return *refusal
	}
	n := s.serial()
	record := Record{"Id": recordID(o.prefix, n), "IsClosed": false, "LastModifiedDate": fmt.Sprintf("2026-02-01T08:%02d:00.000+0000", n)}
	if name == "Case" {
		record["CaseNumber"], record["Status"] = fmt.Sprintf("%08d", 1000+n), "New"
	}
	s.assign(record, r.body)
	s.add(name, record)
	return answer{status: http.StatusCreated, body: map[string]any{"id": record["Id"], "success": true, "errors": []any{}}}
}

// assign writes fields into a record, with what the queries of others follow.
func (s *Server) assign(record Record, sent map[string]any) {
	maps.Copy(record, sent)
	if id, ok := sent["AccountId"].(string); ok {
		record["Account"] = map[string]any{"Name": s.find("Account", "Id", id)["Name"]}
	}
}

// wrong is how Salesforce refuses fields; nil: it takes them. What is required
// is required of a new record only.
func (s *Server) wrong(name string, o object, sent map[string]any, whole bool) *answer {
	bad := func(code, message string, fields ...string) *answer {
		a := salesforceFailure(http.StatusBadRequest, code, message, fields...)
		return &a
	}
	for _, p := range plainShape(o.writable).problems(sent) {
		switch {
		case p.what == unknown:
			return bad("INVALID_FIELD", fmt.Sprintf("No such column '%s' on sobject of type %s", p.path, name))
		case p.what == missing && whole:
			return bad("REQUIRED_FIELD_MISSING", "Required fields are missing: ["+p.path+"]", p.path)
		case p.what == tooLong:
			return bad("STRING_TOO_LONG", p.path+": data value too large", p.path)
		case p.what == mistyped && o.writable[p.path].kind == "email":
			return bad("INVALID_EMAIL_ADDRESS", p.path+": invalid email address", p.path)
		case p.what == mistyped:
			return bad("JSON_PARSER_ERROR", "Cannot deserialize instance of "+o.writable[p.path].kind+" from "+p.path)
		}
	}
	for field, f := range o.writable {
		target, isID := strings.CutPrefix(f.kind, "id:")
		if id, given := sent[field]; isID && given && s.find(target, "Id", id) == nil {
			return bad("MALFORMED_ID", fmt.Sprintf("%s: id value of incorrect type: %v", field, id), field)
		}
	}
	return nil
}

// plainShape has ids as strings: whether one exists is looked at apart.
func plainShape(s shape) shape {
	out := maps.Clone(s)
	for name, f := range out {
		if strings.HasPrefix(f.kind, "id:") {
			f.kind = "string"
			out[name] = f
		}
	}
	return out
}

// row finds the record of a request.
func (s *Server) row(r *request) (name string, record Record, refusal *answer) {
	name = r.PathValue("object")
	if _, known := objects[name]; !known {
		return name, nil, &s.dialect.unknown
	}
	if record = s.find(name, "Id", r.PathValue("id")); record == nil {
		a := salesforceFailure(http.StatusNotFound, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: "+r.PathValue("id"))
		return name, nil, &a
	}
	return name, record, nil
}

func readObject(s *Server, r *request) answer {
	name, record, refusal := s.row(r)
	if refusal != nil {
		return *refusal
	}
	out := map[string]any{"attributes": map[string]any{"type": name, "url": r.URL.Path}}
	fields := slices.Collect(maps.Keys(objects[name].fields))
	if list := r.URL.Query().Get("fields"); list != "" {
		fields = strings.Split(list, ",")
	}
	for _, f := range fields {
		if _, known := objects[name].fields[f]; !known {
			return salesforceFailure(http.StatusBadRequest, "INVALID_FIELD", fmt.Sprintf("No such column '%s' on entity '%s'", f, name))
		}
		out[f] = record[f]
	}
	return answer{status: http.StatusOK, body: out}
}

func updateObject(s *Server, r *request) answer {
	name, record, refusal := s.row(r)
	if refusal == nil {
		refusal = s.wrong(name, objects[name], r.body, false)
	}
	if refusal != nil {
		return *refusal
	}
	s.assign(record, r.body)
	return answer{status: http.StatusNoContent}
}

func deleteObject(s *Server, r *request) answer {
	name, record, refusal := s.row(r)
	if refusal != nil {
		return *refusal
	}
	s.remove(name, "Id", record["Id"])
	return answer{status: http.StatusNoContent}
}

func query(s *Server, r *request) answer {
	q, err := parseSOQL(r.URL.Query().Get("q"))
	if err != nil {
		return salesforceFailure(http.StatusBadRequest, "MALFORMED_QUERY", err.Error())
	}
	o, known := objects[q.object]
	if !known {
		return salesforceFailure(http.StatusBadRequest, "INVALID_TYPE", fmt.Sprintf("sObject type '%s' is not supported.", q.object))
	}
	if problem := q.problem(o.fields); problem != "" {
		return salesforceFailure(http.StatusBadRequest, "INVALID_FIELD", problem)
	}
	records := []any{}
	for _, row := range q.run(s.records[q.object]) {
		out := map[string]any{"attributes": map[string]any{"type": q.object}}
		for _, f := range q.fields {
			nest(out, f, follow(row, f))
		}
		records = append(records, out)
	}
	return answer{status: http.StatusOK, body: map[string]any{"totalSize": len(records), "done": true, "records": records}}
}

// nest puts the value of a path such as Account.Name into an object in out.
func nest(out map[string]any, path string, value any) {
	name, rest, dotted := strings.Cut(path, ".")
	if !dotted {
		out[name] = value
		return
	}
	inner, _ := out[name].(map[string]any)
	if inner == nil {
		inner = map[string]any{}
	}
	inner[rest] = value
	out[name] = inner
}

// follow is the value at a path in a record; nil: none.
func follow(row Record, path string) any {
	name, rest, dotted := strings.Cut(path, ".")
	if !dotted {
		return row[name]
	}
	inner, _ := row[name].(map[string]any)
	return follow(inner, rest)
}
