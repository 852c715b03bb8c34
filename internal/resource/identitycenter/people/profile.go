package people

import (
	"encoding/json"
	"strings"

	"github.com/parleyhq/parley/internal/core/api/identitystore"
)

// profileOf is what answers may be personal by: what a user is called, their job, and
// where they are (Amazon Q Business user guide, "Personalizing chat responses"); nil if
// none of it is known.
func profileOf(u identitystore.User) map[string]string {
	var profile map[string]string
	job := jobOf(u)
	for name, value := range map[string]*string{
		"display name": u.DisplayName, "title": u.Title, "user type": u.UserType, "preferred language": u.PreferredLanguage,
		"locale": u.Locale, "time zone": u.Timezone, "address": addressOf(u.Addresses),
		"department": &job.Department, "division": &job.Division, "organization": &job.Organization,
	} {
		if value == nil || *value == "" {
			continue
		}
		if profile == nil {
			profile = map[string]string{}
		}
		profile[name] = *value
	}
	return profile
}

// enterprise names the extension that says where in a company a user is (API
// reference, CreateUser).
const enterprise = "aws:identitystore:enterprise"

type job struct {
	Department   string `json:"department"`
	Division     string `json:"division"`
	Organization string `json:"organization"`
}

// jobOf is what the extension has of it; nothing where it has another form.
func jobOf(u identitystore.User) (j job) {
	if json.Unmarshal(u.Extensions[enterprise], &j) != nil {
		return job{}
	}
	return j
}

// addressOf is the primary address, or else the first, on one line.
func addressOf(all []identitystore.Address) *string {
	if len(all) == 0 {
		return nil
	}
	a := all[0]
	for _, other := range all {
		if other.Primary != nil && *other.Primary {
			a = other
			break
		}
	}
	if a.Formatted != nil {
		return a.Formatted
	}
	var parts []string
	for _, part := range []*string{a.StreetAddress, a.PostalCode, a.Locality, a.Region, a.Country} {
		if part != nil && *part != "" {
			parts = append(parts, *part)
		}
	}
	return new(strings.Join(parts, ", "))
}
