package accessor

import (
	"fmt"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/resource/attribute"
)

// search is the one action that data accessors are for (user guide, "Adding a
// data accessor").
func search() string { return api.SearchRelevantContent.Action() }

// checkActions reports actions that no accessor has, one that is given twice,
// and filters that cannot be applied.
func checkActions(given []api.ActionConfiguration) (bad []fault.Field) {
	first := map[string]int{}
	for i := range given {
		at := fmt.Sprintf("actionConfigurations[%d]", i)
		a := &given[i]
		j, twice := first[a.Action]
		switch {
		case a.Action != search():
			bad = append(bad, fault.Field{Name: at + ".action", Message: fmt.Sprintf("%s is not for data accessors; the one action they have is %s", a.Action, search())})
		case twice:
			bad = append(bad, fault.Field{Name: at + ".action", Message: fmt.Sprintf("is configured before, in actionConfigurations[%d]; join the filters there with andAllFilters or orAllFilters", j)})
		default:
			first[a.Action] = i
		}
		if a.FilterConfiguration != nil {
			bad = append(bad, attribute.Check(at+".filterConfiguration.documentAttributeFilter", &a.FilterConfiguration.DocumentAttributeFilter)...)
		}
	}
	return bad
}

// The members that a refusal of authenticationDetail is about.
const (
	configuration = "authenticationDetail.authenticationConfiguration"
	issuerARN     = configuration + ".idcTrustedTokenIssuerConfiguration.idcTrustedTokenIssuerArn"
)

// checkAuthentication reports a configuration that the type of authentication
// lacks or has no use for. The model sees to it that there is one external ID at
// most.
func checkAuthentication(d *api.DataAccessorAuthenticationDetail) []fault.Field {
	if d == nil {
		return nil
	}
	needed := d.AuthenticationType == api.DataAccessorAuthenticationTypeAwsIAMIDCTti
	switch given := d.AuthenticationConfiguration != nil; {
	case needed && !given:
		return []fault.Field{{Name: configuration, Message: fmt.Sprintf("is needed when authenticationType is %s: name the trusted token issuer in idcTrustedTokenIssuerConfiguration", d.AuthenticationType)}}
	case !needed && given:
		return []fault.Field{{Name: configuration, Message: fmt.Sprintf("does not go with authenticationType %s; leave it out", d.AuthenticationType)}}
	}
	return nil
}

func invalid(bad []fault.Field) error {
	if len(bad) == 0 {
		return nil
	}
	return fault.Invalid(bad...)
}
