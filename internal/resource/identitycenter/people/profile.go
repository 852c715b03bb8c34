package people

import (
	"strings"

	"github.com/parleyhq/parley/internal/core/api/identitystore"
)

// profileOf is what answers may be personal by: what a user is called, their job, and
// where they are (Amazon Q Business user guide, "Personalizing chat responses"); nil if
// none of it is known.
func profileOf(u identitystore.User) map[string]string {
	var profile map[string]string
	for name, value := range map[string]*string{
		"display name": u.DisplayName, "title": u.Title, "user type": u.UserType, "preferred language": u.PreferredLanguage,
		"locale": u.Locale, "time zone": u.Timezone, "address": addressOf(u.Addresses),
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
