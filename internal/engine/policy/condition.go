package policy

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// An operator is a condition operator without IfExists and without a set
// (reference_policies_elements_condition_operators).
type operator struct {
	test    test
	negated bool // it holds where its test does not
	order   order
	dialect dialect
	fold    bool // the case of letters means nothing
}

// A test is how an operator compares a value of the request with one of the
// policy.
type test uint8

const (
	isText    test = iota // the whole text, with variables
	isPattern             // the whole text, with wildcards and variables
	isNumber
	isDate
	isBool
	isBytes
	isAddress
	isNull
)

// An order is what a comparison has to say, as a set of its answers.
type order uint8

const (
	less order = 1 << iota
	equal
	greater
)

var operators = map[string]operator{
	"StringEquals":              {test: isText},
	"StringNotEquals":           {test: isText, negated: true},
	"StringEqualsIgnoreCase":    {test: isText, fold: true},
	"StringNotEqualsIgnoreCase": {test: isText, fold: true, negated: true},
	"StringLike":                {test: isPattern, dialect: like},
	"StringNotLike":             {test: isPattern, dialect: like, negated: true},

	"NumericEquals":            {test: isNumber, order: equal},
	"NumericNotEquals":         {test: isNumber, order: equal, negated: true},
	"NumericLessThan":          {test: isNumber, order: less},
	"NumericLessThanEquals":    {test: isNumber, order: less | equal},
	"NumericGreaterThan":       {test: isNumber, order: greater},
	"NumericGreaterThanEquals": {test: isNumber, order: greater | equal},

	"DateEquals":            {test: isDate, order: equal},
	"DateNotEquals":         {test: isDate, order: equal, negated: true},
	"DateLessThan":          {test: isDate, order: less},
	"DateLessThanEquals":    {test: isDate, order: less | equal},
	"DateGreaterThan":       {test: isDate, order: greater},
	"DateGreaterThanEquals": {test: isDate, order: greater | equal},

	"Bool":         {test: isBool},
	"BinaryEquals": {test: isBytes},
	"IpAddress":    {test: isAddress},
	"NotIpAddress": {test: isAddress, negated: true},
	"ArnEquals":    {test: isPattern, dialect: arn},
	"ArnLike":      {test: isPattern, dialect: arn},
	"ArnNotEquals": {test: isPattern, dialect: arn, negated: true},
	"ArnNotLike":   {test: isPattern, dialect: arn, negated: true},
	"Null":         {test: isNull},
}

// A set says how an operator goes through the values of the request
// (reference_policies_condition-single-vs-multi-valued-context-keys).
type set uint8

const (
	noSet set = iota
	forAllValues
	forAnyValue
)

// A condition is one key of one operator. All conditions of a statement have to
// hold.
type condition struct {
	operator
	name     string // the operator as it was written
	set      set
	ifExists bool
	key      string // in lower case
	written  string // the key as it was written
	operands []operand
}

// An operand is a value of the policy, as its test needs it.
type operand struct {
	pattern pattern
	number  number
	date    instant
	network netip.Prefix
	flag    bool
}

var errOperator = errors.New("there is no such condition operator; see the operators of the IAM user guide, such as StringEquals, ArnLike or ForAnyValue:StringLike")

// newCondition reads the name of an operator.
func newCondition(name string) (condition, error) {
	c := condition{name: name}
	rest, ok := strings.CutPrefix(name, "ForAllValues:")
	if ok {
		c.set = forAllValues
	} else if rest, ok = strings.CutPrefix(name, "ForAnyValue:"); ok {
		c.set = forAnyValue
	}
	rest, c.ifExists = strings.CutSuffix(rest, "IfExists")
	if c.operator, ok = operators[rest]; !ok {
		return c, errOperator
	}
	if c.test == isNull && rest != name {
		return c, errors.New("the operator Null itself asks whether the key is there; write it without IfExists, ForAllValues and ForAnyValue")
	}
	return c, nil
}

// scalar is a value of a condition as text: JSON strings, numbers and booleans
// will do (reference_policies_elements_datatypes).
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// operand reads a value of the policy.
func (c *condition) operand(s string, variables bool) (o operand, err error) {
	var ok bool
	switch c.test {
	case isText, isPattern:
		if o.pattern, err = newPattern(s, c.dialect, variables); err == nil && c.dialect == arn {
			err = checkARN(s, o.pattern.parts != nil)
		}
	case isNumber:
		if o.number, ok = readNumber(s); !ok {
			err = errors.New("this has to be a number such as 10 or 0.5; wildcards, variables and exponents are not possible here")
		}
	case isDate:
		if o.date, ok = readDate(s); !ok {
			err = errors.New("this has to be a date such as 2026-03-11T10:30:00Z or 2026-03-11, or seconds since 1970")
		}
	case isBool:
		if o.pattern, err = newPattern(s, literal, variables); err == nil && o.pattern.parts == nil {
			err = checkBool(s)
		}
	case isNull:
		o.flag = strings.EqualFold(s, "true")
		err = checkBool(s)
	case isBytes:
		var b []byte
		b, err = base64.StdEncoding.DecodeString(s)
		o.pattern.text = string(b)
		if err != nil {
			err = errors.New("this has to be base64 (RFC 4648, with padding)")
		}
	case isAddress:
		if o.network, ok = readNetwork(s); !ok {
			err = errors.New("this has to be an IP address or a range such as 203.0.113.0/24 or 2001:db8::/32")
		}
	}
	return o, err
}

func checkBool(s string) error {
	if strings.EqualFold(s, "true") || strings.EqualFold(s, "false") {
		return nil
	}
	return errors.New("this has to be true or false")
}

// checkARN refuses what no ARN can match.
func checkARN(s string, variables bool) error {
	if variables || strings.HasPrefix(s, "arn:") && strings.Count(s, ":") >= 5 {
		return nil
	}
	return errors.New("this has to be an ARN of six parts, arn:partition:service:region:account:resource; each may have wildcards")
}

// holds says whether the condition holds for a request.
//
// A key that is absent fails a positive operator and passes a negated one, and
// passes every operator with IfExists
// (reference_policies_elements_condition_operators). ForAllValues holds and
// ForAnyValue does not when there is nothing to look at
// (reference_policies_multi-value-conditions).
func (c *condition) holds(e *evaluation) bool {
	values := e.values(c.key)
	null := isEmpty(values)
	switch {
	case c.test == isNull:
		return c.asks(null)
	case len(values) == 0 && c.ifExists:
		return true
	case c.set == forAllValues:
		return null || c.all(values, e)
	case c.set == forAnyValue:
		return !null && c.any(values, e)
	}
	for _, v := range values {
		if c.matches(v, e) {
			return !c.negated
		}
	}
	return c.negated
}

func (c *condition) all(values []string, e *evaluation) bool {
	for _, v := range values {
		if c.matches(v, e) == c.negated {
			return false
		}
	}
	return true
}

func (c *condition) any(values []string, e *evaluation) bool {
	for _, v := range values {
		if c.matches(v, e) != c.negated {
			return true
		}
	}
	return false
}

// isEmpty says whether a key is null: it has no value but the empty string.
func isEmpty(values []string) bool {
	for _, v := range values {
		if v != "" {
			return false
		}
	}
	return true
}

// asks says whether Null asks for a key that is, or is not, null.
func (c *condition) asks(null bool) bool {
	for i := range c.operands {
		if c.operands[i].flag == null {
			return true
		}
	}
	return false
}

// matches says whether a value of the request matches any value of the policy.
// What cannot be read matches none.
func (c *condition) matches(value string, e *evaluation) bool {
	v, ok := c.read(value)
	if !ok {
		return false
	}
	for i := range c.operands {
		if c.fits(&c.operands[i], value, &v, e) {
			return true
		}
	}
	return false
}

// read is a value of the request as the test needs it, once for all operands.
func (c *condition) read(value string) (o operand, ok bool) {
	switch c.test {
	case isNumber:
		o.number, ok = readNumber(value)
		return o, ok
	case isDate:
		o.date, ok = readDate(value)
		return o, ok
	case isAddress:
		o.network, ok = readAddress(value)
		return o, ok
	}
	return o, true
}

func (c *condition) fits(o *operand, text string, v *operand, e *evaluation) bool {
	switch c.test {
	case isPattern:
		return o.pattern.matches(text, e)
	case isNumber:
		return c.order&v.number.compare(o.number) != 0
	case isDate:
		return c.order&v.date.compare(o.date) != 0
	case isAddress:
		return o.network.Contains(v.network.Addr())
	}
	return o.pattern.equals(text, c.fold || c.test == isBool, e)
}

// equals says whether the pattern, which has no wildcards, is a text.
func (p *pattern) equals(text string, fold bool, e *evaluation) bool {
	if p.parts == nil {
		return p.text == text || fold && strings.EqualFold(p.text, text)
	}
	var ok bool
	if e.scratch, ok = p.expand(e.scratch[:0], e); !ok {
		return false
	}
	n := len(e.scratch)
	e.scratch = append(e.scratch, text...) // side by side, so that nothing is allocated
	written, asked := e.scratch[:n], e.scratch[n:]
	return bytes.Equal(written, asked) || fold && bytes.EqualFold(written, asked)
}
