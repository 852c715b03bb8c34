package differential

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/policy/policytest"
)

// documents points to all lists of documents of a case.
func documents(p *policytest.Policies) []*[]string {
	return []*[]string{&p.Identity, &p.Boundary, &p.Session, &p.Resource, &p.SCP, &p.RCP}
}

// shrink takes away from a case whatever both evaluators can do without to
// decide as they did.
func shrink(d difference) policytest.Case {
	same := func(c policytest.Case) bool {
		one := []policytest.Request{c.Request}
		return reference(c.Policies, one)[0] == d.second && engine(c.Policies, one)[0] == d.first
	}
	c := d.of
	for smaller := true; smaller; {
		smaller = false
		for try := range smallerCases(c) {
			if same(try) {
				c, smaller = try, true
				break
			}
		}
	}
	return c
}

// smallerCases are all cases with one thing less.
func smallerCases(c policytest.Case) func(yield func(policytest.Case) bool) {
	return func(yield func(policytest.Case) bool) {
		for which, list := range documents(&c.Policies) {
			for i, text := range *list {
				less := slices.Delete(slices.Clone(*list), i, i+1)
				if !yield(withDocuments(c, which, less)) {
					return
				}
				for _, smaller := range smallerDocuments(text) {
					other := slices.Clone(*list)
					other[i] = smaller
					if !yield(withDocuments(c, which, other)) {
						return
					}
				}
			}
		}
		for key, values := range c.Request.Context {
			try := c
			try.Request.Context = maps.Clone(c.Request.Context)
			delete(try.Request.Context, key)
			if !yield(try) {
				return
			}
			for i := range values {
				try.Request.Context = maps.Clone(c.Request.Context)
				try.Request.Context[key] = slices.Delete(slices.Clone(values), i, i+1)
				if !yield(try) {
					return
				}
			}
		}
	}
}

func withDocuments(c policytest.Case, which int, list []string) policytest.Case {
	*documents(&c.Policies)[which] = list
	return c
}

// smallerDocuments are a document with one member or element less, at any depth.
// One that is no JSON object stays as it is.
func smallerDocuments(text string) []string {
	whole, err := decode(text)
	if err != nil {
		return nil
	}
	var out []string
	for _, less := range smallerValues(whole) {
		if b, err := json.Marshal(less); err == nil && string(b) != text {
			out = append(out, string(b))
		}
	}
	return out
}

func smallerValues(v any) []any {
	var out []any
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			less := maps.Clone(v)
			delete(less, key)
			out = append(out, less)
			for _, smaller := range smallerValues(inner) {
				other := maps.Clone(v)
				other[key] = smaller
				out = append(out, other)
			}
		}
	case []any:
		for i, inner := range v {
			out = append(out, slices.Delete(slices.Clone(v), i, i+1))
			for _, smaller := range smallerValues(inner) {
				other := slices.Clone(v)
				other[i] = smaller
				out = append(out, other)
			}
		}
	}
	return out
}

// spoil makes one document of a case wrong, in a way that the grammar or a page
// on an element rules out.
func spoil(r *rand.Rand, c *policytest.Case) {
	var lists []*[]string
	for _, list := range documents(&c.Policies) {
		if len(*list) > 0 {
			lists = append(lists, list)
		}
	}
	if len(lists) == 0 {
		return
	}
	list := lists[r.IntN(len(lists))]
	i := r.IntN(len(*list))
	*list = slices.Clone(*list)
	how := spoilers()[r.IntN(len(spoilers()))]
	(*list)[i] = strings.Replace((*list)[i], how[0], how[1], 1)
}

// spoilers are pairs of a text and what stands in its place afterwards.
func spoilers() [][2]string {
	return [][2]string{
		{`"Effect"`, `"effect"`}, {`"Effect"`, `"Effects"`}, {`"Allow"`, `"allow"`}, {`"Deny"`, `"Forbid"`}, {`"Deny"`, `true`},
		{`"Effect"`, `"Effect":"Allow","Effect"`}, {`"Effect"`, `"NotEffect":"Deny","Effect"`},
		{`"Action"`, `"Actions"`}, {`"Action"`, `"NotAction":"s3:*","Action"`}, {`"Action":`, `"Action":[],"x":`}, {`"Action":`, `"Action":{},"x":`},
		{`"Resource"`, `"resource"`}, {`"Resource"`, `"NotResource":"*","Resource"`}, {`"Resource"`, `"Resource":7,"x"`},
		{`"2012-10-17"`, `"2012-10-18"`}, {`"2012-10-17"`, `2012`}, {`"Version"`, `"version"`},
		{`"Statement"`, `"Statements"`}, {`"Statement":`, `"Statement":"x","y":`},
		{`"Condition"`, `"Conditions"`}, {`"Condition":`, `"Condition":[],"x":`}, {`"Condition":{`, `"Condition":{"StringResembles":{"x:k":"v"},`},
		{`"Condition":{`, `"Condition":{"NullIfExists":{"x:k":"true"},`}, {`"Condition":{`, `"Condition":{"ForMostValues:StringEquals":{"x:k":"v"},`},
		{`"Condition":{`, `"Condition":{"ForAllValues:ForAnyValue:StringEquals":{"x:k":"v"},`}, {`"Condition":{`, `"Condition":{"stringequals":{"x:k":"v"},`},
		{`"Condition":{`, `"Condition":{"NumericEqualsIfExists":{"x:k":"many"},`}, {`"Condition":{`, `"Condition":{"DateEquals":{"x:k":"tomorrow"},`},
		{`"Condition":{`, `"Condition":{"IpAddress":{"x:k":"10.0.0.0/33"},`}, {`"Condition":{`, `"Condition":{"Bool":{"x:k":"maybe"},`},
		{`"Condition":{`, `"Condition":{"BinaryEquals":{"x:k":"*"},`}, {`"Condition":{`, `"Condition":{"StringLike":{"x:k":[]},`},
		{`"Condition":{`, `"Condition":{"StringLike":{"x:k":null},`}, {`"Condition":{`, `"Condition":{"StringLike":{"x:k":{"a":"b"}},`},
		{`"Principal"`, `"NotPrincipal":"*","Principal"`}, {`"Principal":`, `"Principal":{"Group":"g"},"x":`}, {`"Principal":`, `"Principal":{},"x":`},
		{`"Principal":`, `"Principal":{"AWS":"arn:aws:iam::*:root"},"x":`}, {`"Effect"`, `"Principal":"*","Effect"`},
		{`"arn:aws:`, `"arn:${aws:username}:`}, {`"arn:aws:`, `"aws:`}, {`"arn:aws:`, `"arn:`}, {`"arn:aws:`, `"*:`}, {`"*"`, `"**"`}, {`"*"`, `""`}, {`"*"`, `":*"`},
		{`"Sid":"Statement`, `"Sid":"State ment`}, {`"Sid":"Statement1"`, `"Sid":"Statement0"`}, {`"Sid":"`, `"Sid":0,"x":"`}, {`"Sid":"Statement0"`, `"Sid":""`},
		{`"Statement":`, `"Id":"p","Statement":`}, {`"Id":"`, `"Id":1,"x":"`}, {`"Statement":`, `"Statement":[],"y":`}, {`"Action":"`, `"Action":"*:`}, {`:us-east-1:`, `:us-east-1:${a}`},
		{`"Action":"`, `"Action":"a b:`}, {`"Action":"qbusiness`, `"Action":"q?business`}, {`}`, `}`}, {`${aws:username}`, `${}`}, {`${aws:username}`, `${aws:username,'a'}`},
		{`${aws:username}`, `${ aws:username }`}, {`${aws:username}`, `${aws:username, 'a`}, {`${aws:username}`, `${aws:username, a}`}, {`${aws:username}`, `${**}`}, {`${aws:username}`, `${a${b}}`},
		{`"Condition":{`, `"Condition":{"ForAllValues:Null":{"x:k":"true"},`}, {`"Condition":{`, `"Condition":{"Null":{"x:k":"True"},`}, {`"Condition":{`, `"Condition":{"Bool":{"x:k":"TRUE"},`},
		{`"Condition":{`, `"Condition":{"ArnLike":{"x:k":"*"},`}, {`"Condition":{`, `"Condition":{"ArnLike":{"x:k":"a:b"},`}, {`"Condition":{`, `"Condition":{"StringLike":{"":"v"},`}, {`"Condition":{`, `"Condition":{"StringLike":{},`},
		{`"Condition":{`, `"Condition":{"NumericEquals":{"x:k":"1e3"},`}, {`"Condition":{`, `"Condition":{"NumericEquals":{"x:k":"+1"},`}, {`"Condition":{`, `"Condition":{"NumericEquals":{"x:k":".5"},`},
		{`"Condition":{`, `"Condition":{"NumericEquals":{"x:k":"5."},`}, {`"Condition":{`, `"Condition":{"NumericEquals":{"x:k":" 5"},`}, {`"Condition":{`, `"Condition":{"NumericEquals":{"x:k":1e400},`},
		{`"Condition":{`, `"Condition":{"NumericEquals":{"x:k":"0x10"},`}, {`"Condition":{`, `"Condition":{"NumericEquals":{"x:k":true},`}, {`"Condition":{`, `"Condition":{"StringEquals":{"x:k":true},`},
		{`"Condition":{`, `"Condition":{"Bool":{"x:k":1},`}, {`"Condition":{`, `"Condition":{"Bool":{"x:k":"${a}"},`}, {`"Condition":{`, `"Condition":{"Bool":{"x:k":"x${a}"},`}, {`"Condition":{`, `"Condition":{"NumericEquals":{"x:k":"${a}"},`},
		{`"Condition":{`, `"Condition":{"DateEquals":{"x:k":"2026-01-01T00:00:00"},`}, {`"Condition":{`, `"Condition":{"DateEquals":{"x:k":"2026-13-01"},`}, {`"Condition":{`, `"Condition":{"DateEquals":{"x:k":1767225600},`},
		{`"Condition":{`, `"Condition":{"DateEquals":{"x:k":"1767225600.5"},`}, {`"Condition":{`, `"Condition":{"DateEquals":{"x:k":"-1"},`}, {`"Condition":{`, `"Condition":{"DateEquals":{"x:k":"2026-01-01t00:00:00z"},`},
		{`"Condition":{`, `"Condition":{"DateEquals":{"x:k":"2026-01-01T24:00:00Z"},`}, {`"Condition":{`, `"Condition":{"DateEquals":{"x:k":"2026-01-01T00:00:00,5Z"},`}, {`"Condition":{`, `"Condition":{"DateEquals":{"x:k":"20260101"},`},
		{`"Condition":{`, `"Condition":{"DateEquals":{"x:k":"2026-01-01T00:00:00.1234567891Z"},`}, {`"Condition":{`, `"Condition":{"DateEquals":{"x:k":"2026-01-01T0:00:00Z"},`}, {`"Condition":{`, `"Condition":{"DateEquals":{"x:k":"1e9"},`},
		{`"Condition":{`, `"Condition":{"IpAddress":{"x:k":"203.0.113.7/24"},`}, {`"Condition":{`, `"Condition":{"IpAddress":{"x:k":"::ffff:1.2.3.4"},`}, {`"Condition":{`, `"Condition":{"IpAddress":{"x:k":"fe80::1%eth0"},`},
		{`"Condition":{`, `"Condition":{"IpAddress":{"x:k":"010.0.0.1"},`}, {`"Condition":{`, `"Condition":{"IpAddress":{"x:k":"10.0.0.0/08"},`}, {`"Condition":{`, `"Condition":{"IpAddress":{"x:k":"*"},`},
		{`"Condition":{`, `"Condition":{"BinaryEquals":{"x:k":"eA"},`}, {`"Condition":{`, `"Condition":{"BinaryEquals":{"x:k":""},`}, {`"Condition":{`, `"Condition":{"BinaryEquals":{"x:k":"e A=="},`}, {`"Condition":{`, `"Condition":{"BinaryEquals":{"x:k":"_-8="},`},
		{`"Condition":{`, `"Condition":{"IfExists":{"x:k":"v"},`}, {`"Condition":{`, `"Condition":{"StringEqualsIfExistsIfExists":{"x:k":"v"},`}, {`"Condition":{`, `"Condition":{},"x":{`},
		{`"AWS":"arn:aws:iam::111122223333:root"`, `"AWS":"arn:aws:iam::111122223333:group/g"`}, {`"AWS":"`, `"AWS":"x`}, {`"Service":"`, `"Service":"*`}, {`"Federated":"`, `"Federated":"*`}, {`"CanonicalUser":"`, `"CanonicalUser":"*`},
		{`"Service":"lambda.amazonaws.com"`, `"Service":"*"`}, {`"Federated":"accounts.google.com"`, `"Federated":"*"`}, {`"Principal":`, `"Principal":["*"],"x":`}, {`"Principal":"*"`, `"Principal":{"AWS":"*"}`},
		{`"AWS":"`, `"AWS":"AIDAEXAMPLEUSERID0123","Service":"`}, {`:user/`, `:user/*`}, {`"Effect":"Allow"`, `"Effect":"Deny"`}, {`"Principal":`, `"NotPrincipal":`},
		{`"AWS":`, `"Aws":`}, {`"Condition":{`, `"Condition":{"StringLike":{"x:k":"v","X:K":"v"},`}, {`"Condition":{`, `"Condition":{"IpAddress":{"aws:SourceIp":"::ffff:203.0.113.0/120"},`},
		{`"Condition":{`, `"Condition":{"NotIpAddress":{"aws:SourceIp":"::ffff:203.0.113.7"},`}, {`"Condition":{`, `"Condition":{"IpAddress":{"aws:SourceIp":"::ffff:0:0/90"},`}, {`"Action":`, `"NotAction":`}, {`"Resource":`, `"NotResource":`}, {`"Version":"2012-10-17",`, ``}, {`"2012-10-17"`, `"2008-10-17"`}, {`}`, ``}, {`}`, `}}`}, {`,`, ``}, {`{`, `[`},
	}
}

// things are the parts of the language that a case is made of.
func things(c policytest.Case) map[string]bool {
	out := map[string]bool{"principal: " + string(c.Request.Principal.Type): true}
	if c.Request.Principal.Account == c.Request.ResourceAccount {
		out["within an account"] = true
	} else {
		out["across accounts"] = true
	}
	value := reflect.ValueOf(c.Policies)
	for i := range value.NumField() {
		for _, text := range value.Field(i).Interface().([]string) {
			of := value.Type().Field(i).Name
			out["policy: "+of] = true
			thingsOf(text, of, out)
		}
	}
	return out
}

func thingsOf(text, of string, out map[string]bool) {
	document, err := decode(text)
	if err != nil {
		return
	}
	out["version: "+versionOf(document)] = true
	if strings.Contains(text, "${") {
		out["a variable"] = true
	}
	if strings.Contains(text, ", '") {
		out["a variable with a default"] = true
	}
	if _, there := document["Id"]; there {
		out["element: Id"] = true
	}
	list, _ := statements(document)
	for _, s := range list {
		for element, v := range s {
			out["element: "+element] = true
			if groups, ok := v.(map[string]any); ok && strings.HasSuffix(element, "Principal") {
				for group := range groups {
					out[element+" of "+group] = true
				}
			}
		}
		out[of+" "+s["Effect"].(string)] = true
		block, _ := s["Condition"].(map[string]any)
		for name := range block {
			out["operator: "+name] = true
		}
	}
}

func versionOf(document map[string]any) string {
	v, _ := document["Version"].(string)
	return v
}

// language is all that there is to meet.
func language() []string {
	out := []string{
		"within an account", "across accounts", "a variable", "a variable with a default",
		"version: ", "version: 2008-10-17", "version: 2012-10-17", "element: Id",
	}
	for _, t := range []policytest.PrincipalType{
		policytest.Root, policytest.User, policytest.RoleSession, policytest.FederatedUser,
		policytest.Service, policytest.Federated, policytest.Anonymous,
	} {
		out = append(out, "principal: "+string(t))
	}
	for _, of := range []string{"Identity", "Boundary", "Session", "Resource", "SCP", "RCP"} {
		out = append(out, "policy: "+of, of+" Allow", of+" Deny")
	}
	for _, element := range []string{"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"} {
		out = append(out, "element: "+element)
	}
	for _, group := range []string{"AWS", "Federated", "Service", "CanonicalUser"} {
		out = append(out, "Principal of "+group, "NotPrincipal of "+group)
	}
	for _, name := range operatorNames() {
		for _, before := range []string{"", "ForAllValues:", "ForAnyValue:"} {
			for _, behind := range []string{"", "IfExists"} {
				out = append(out, "operator: "+before+name+behind)
			}
		}
	}
	return append(out, "operator: Null")
}

func operatorNames() []string {
	out := []string{
		"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike",
		"ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike", "Bool", "BinaryEquals", "IpAddress", "NotIpAddress",
	}
	for _, family := range []string{"Numeric", "Date"} {
		for _, order := range []string{"Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"} {
			out = append(out, family+order)
		}
	}
	return out
}
