package server

import (
	"fmt"
	"net/http"

	"github.com/tacho-monitor/tacho/api"
	"github.com/tacho-monitor/tacho/collector"
	"github.com/tacho-monitor/tacho/notices"
	"github.com/tacho-monitor/tacho/stream"
)

// notice returns what a snapshot has news of, and keeps it. A fault here takes no
// numbers from anybody.
func (f *Feed) notice(s *collector.Snapshot) (found []notices.Notice) {
	defer func() {
		if fault := recover(); fault != nil {
			f.log.Error("notices not found", "error", fmt.Sprint(fault))
			found = nil
		}
	}()
	found = f.watch.Next(s)
	if len(found) > 0 {
		kept := notices.Keep(f.Notices(), found)
		f.notices.Store(&kept)
	}
	return found
}

// Notices are the latest that were found, the oldest first.
func (f *Feed) Notices() []notices.Notice {
	if kept := f.notices.Load(); kept != nil {
		return *kept
	}
	return nil
}

// appendNotices appends an event for each notice. These come before the tick that
// they belong to and have no id of their own, so that who loses the connection
// between the two gets them again.
func appendNotices(dst []byte, found []notices.Notice) []byte {
	for _, n := range found {
		dst = stream.Event{Name: "notice", Data: api.Notice(n)}.AppendTo(dst)
	}
	return dst
}

// noticeList answers with the notices that are kept, or those since one.
func (s *Server) noticeList(w http.ResponseWriter, r *http.Request) {
	var since notices.ID
	if text := r.URL.Query().Get("since"); text != "" {
		var err error
		if since, err = notices.ParseID(text); err != nil {
			writeError(w, http.StatusBadRequest, fmt.Sprintf("since=%.40q: allowed is the id of a notice, or of an event of the stream", text))
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(append(api.Notices(s.Feed.Notices(), since), '\n'))
}
