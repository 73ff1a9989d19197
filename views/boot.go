package views

import (
	"crypto/sha256"
	"encoding/base64"
)

// boot starts the scripts once something is to be seen: before that they would only
// hold it up. A page that is not to be seen has no frames, and not every browser
// tells of them.
const boot = `{` +
	`let due=true;` +
	`const start=()=>{if(due){due=false;const script=document.createElement("script");script.src=document.querySelector("link[as=script]").getAttribute("href");document.head.append(script)}};` +
	`if(document.hidden)start();` +
	`else{try{new PerformanceObserver(start).observe({type:"paint",buffered:true})}catch{}setTimeout(start,1000)}` +
	`}`

// BootHash names the one script that stands in the documents themselves, as a
// Content-Security-Policy has it (CSP Level 3, section 2.3.1, hash-source).
var BootHash = func() string {
	sum := sha256.Sum256([]byte(boot))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}()
