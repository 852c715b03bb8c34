package audit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"
)

// Record is what a tool looks at in a line, and the line itself.
type Record struct {
	Time     time.Time `json:"eventTime"`
	Source   string    `json:"eventSource"`
	Name     string    `json:"eventName"`
	Address  string    `json:"sourceIPAddress"`
	Code     string    `json:"errorCode"`
	Message  string    `json:"errorMessage"`
	Request  string    `json:"requestID"`
	Account  string    `json:"recipientAccountId"`
	Identity struct {
		Type      string `json:"type"`
		ARN       string `json:"arn"`
		Account   string `json:"accountId"`
		AccessKey string `json:"accessKeyId"`
		Session   struct {
			Issuer struct {
				ARN string `json:"arn"`
			} `json:"sessionIssuer"`
		} `json:"sessionContext"`
		Person struct {
			ID string `json:"userId"`
		} `json:"onBehalfOf"`
	} `json:"userIdentity"`
	Resources []struct {
		ARN string `json:"ARN"`
	} `json:"resources"`
	Additional struct {
		Authorization *struct {
			Allowed   bool   `json:"allowed"`
			Layer     string `json:"layer"`
			Statement string `json:"statement"`
		} `json:"authorization"`
	} `json:"additionalEventData"`

	Line json.RawMessage `json:"-"`
}

// Action is the operation as policies name it, such as qbusiness:GetPlugin.
func (r *Record) Action() string {
	service, _, _ := strings.Cut(r.Source, ".")
	return service + ":" + r.Name
}

// Denied reports whether the request was refused because its caller may not.
func (r *Record) Denied() bool {
	return strings.HasPrefix(r.Code, "AccessDenied") || r.Additional.Authorization != nil && !r.Additional.Authorization.Allowed
}

// Filter says which records are wanted: those that all of its members admit. The
// zero value of a member admits any.
type Filter struct {
	Since, Until time.Time // from, and before
	Principal    string    // ARN of the principal or its role, access key ID, or ID of the end user; a part of it will do
	Account      string    // of the caller, or of the resources
	Action       string    // service:Name, or the name alone; * stands for anything at its end
	Application  string    // ID
	Code         string    // of the error; * is any
	RequestID    string
	Denied       bool
}

// Admits reports whether the record is wanted.
func (f Filter) Admits(r *Record) bool {
	return (f.Since.IsZero() || !r.Time.Before(f.Since)) &&
		(f.Until.IsZero() || r.Time.Before(f.Until)) &&
		(f.Principal == "" || f.isPrincipal(r)) &&
		(f.Account == "" || r.Account == f.Account || r.Identity.Account == f.Account) &&
		(f.Action == "" || matches(f.Action, r.Action()) || matches(f.Action, r.Name)) &&
		(f.Application == "" || f.isApplication(r)) &&
		(f.Code == "" || r.Code != "" && matches(f.Code, r.Code)) &&
		(f.RequestID == "" || f.RequestID == r.Request) &&
		(!f.Denied || r.Denied())
}

func (f Filter) isPrincipal(r *Record) bool {
	who := &r.Identity
	for _, name := range []string{who.ARN, who.Session.Issuer.ARN, who.AccessKey, who.Person.ID} {
		if strings.Contains(name, f.Principal) {
			return true
		}
	}
	return false
}

func (f Filter) isApplication(r *Record) bool {
	for _, resource := range r.Resources {
		if strings.Contains(resource.ARN+"/", ":application/"+f.Application+"/") {
			return true
		}
	}
	return false
}

// matches compares without regard to case; a * at the end of the wanted name
// stands for anything.
func matches(wanted, name string) bool {
	if start, open := strings.CutSuffix(wanted, "*"); open {
		return len(name) >= len(start) && strings.EqualFold(name[:len(start)], start)
	}
	return strings.EqualFold(wanted, name)
}

// Reader reads the records in a directory, beside the server that writes them.
type Reader struct {
	Dir    string
	Filter Filter

	read map[string]int64 // how much of each file
}

// Read gives the wanted records that were written since it was last called, file
// by file, the oldest first. What is no record (the end of a line that is still
// being written, or was when the machine died) is left out. A directory that is
// not there has none.
func (r *Reader) Read(ctx context.Context, give func(*Record) error) error {
	if r.read == nil {
		r.read = map[string]int64{}
	}
	files, err := list(r.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.size <= r.read[f.path] || f.changed.Before(r.Filter.Since) {
			continue
		}
		if err := r.file(ctx, f.path, give); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// file reads what is new in one file.
func (r *Reader) file(ctx context.Context, path string, give func(*Record) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Seek(r.read[path], io.SeekStart); err != nil {
		return err
	}
	lines := bufio.NewReaderSize(f, 64<<10)
	for ctx.Err() == nil {
		text, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil // what is left is no whole line yet
		}
		if err != nil {
			return err
		}
		r.read[path] += int64(len(text))
		record := Record{Line: bytes.TrimRight(text, "\n")}
		if json.Unmarshal(record.Line, &record) != nil || !r.Filter.Admits(&record) {
			continue
		}
		if err := give(&record); err != nil {
			return err
		}
	}
	return ctx.Err()
}
