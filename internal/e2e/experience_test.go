package e2e

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
)

// makeDoor makes a web experience of an ANONYMOUS application.
func makeDoor(t *testing.T, s *site) (app, experience string) {
	t.Helper()
	made := must(s.CreateApplication(t.Context(), &qbusiness.CreateApplicationInput{DisplayName: new("public"), IdentityType: types.IdentityTypeAnonymous}))(t)
	page := must(s.CreateWebExperience(t.Context(), &qbusiness.CreateWebExperienceInput{
		ApplicationId: made.ApplicationId, Title: new("Ask the city"), Subtitle: new("About permits, schools and streets"),
		WelcomeMessage: new("Good to have you here.\nAsk whatever you like: nobody sees who you are."),
	}))(t)
	return *made.ApplicationId, *page.WebExperienceId
}

func addressOf(t *testing.T, s *site, app, experience string) string {
	t.Helper()
	return *must(s.CreateAnonymousWebExperienceUrl(t.Context(), &qbusiness.CreateAnonymousWebExperienceUrlInput{
		ApplicationId: &app, WebExperienceId: &experience, SessionDurationInMinutes: new(int32(15)),
	}))(t).AnonymousUrl
}

// visit opens an address as a browser does, and returns the status and the page.
func visit(t *testing.T, browser *http.Client, address string) (int, string) {
	t.Helper()
	r := must(http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil))(t)
	resp := must(browser.Do(r))(t)
	defer resp.Body.Close()
	var page strings.Builder
	if err := resp.Write(&page); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, page.String()
}

// TestDoorLetsInOnce: the first browser has a session, which a restart does not end,
// and no other browser has one.
func TestDoorLetsInOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		app, experience := makeDoor(t, s)
		address := addressOf(t, s, app, experience)
		first, second := &http.Client{Jar: must(cookiejar.New(nil))(t)}, &http.Client{Jar: must(cookiejar.New(nil))(t)}
		defer first.CloseIdleConnections()
		defer second.CloseIdleConnections()
		if status, page := visit(t, first, address); status != http.StatusOK || !strings.Contains(page, "Good to have you here.") {
			t.Errorf("%d %s", status, page)
		}
		if status, page := visit(t, second, address); status != http.StatusForbidden || !strings.Contains(page, "works only once") {
			t.Errorf("%d %s", status, page)
		}
		home := must(url.Parse(address))(t)
		home.RawQuery = ""
		if status, _ := visit(t, second, home.String()); status != http.StatusForbidden {
			t.Errorf("a browser without a session: %d", status)
		}
		if status, _ := visit(t, first, home.String()); status != http.StatusOK {
			t.Errorf("a browser with a session: %d", status)
		}
	})
}

// TestExperienceInChromium opens an address in a real browser. PARLEY_TEST_PICTURES
// names a directory to keep the pictures in.
func TestExperienceInChromium(t *testing.T) {
	needs(t, "Chromium", "chromium", "--version")
	s := open(t, "")
	app, experience := makeDoor(t, s)
	address := addressOf(t, s, app, experience)
	dir := t.TempDir()
	if kept := os.Getenv("PARLEY_TEST_PICTURES"); kept != "" {
		dir = kept
	}
	home, _, _ := strings.Cut(address, "?")
	for name, shows := range map[string]string{"experience": address, "experience-closed": home} {
		picture := filepath.Join(dir, name+".png")
		command := []string{
			"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--log-level=0", "--user-data-dir=" + t.TempDir(),
			"--window-size=900,800", "--screenshot=" + picture, shows,
		}
		_, log, err := output(t.Context(), dir, os.Environ(), command...)
		if err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
		for line := range strings.Lines(log) {
			// That a page is refused is what one of them is for.
			if strings.Contains(line, "CONSOLE") && !strings.Contains(line, "status of 403") {
				t.Errorf("the browser complains: %s", line)
			}
		}
		if info, err := os.Stat(picture); err != nil || info.Size() < 1000 {
			t.Errorf("there is no picture: %v", err)
		}
	}
}
