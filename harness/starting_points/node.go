// A Maelstrom node: one JSON message a line on stdin and stdout, logs on stderr.
package main

import (
	"encoding/json"
	"io"
	"log"
	"os"
)

type body map[string]any

type message struct {
	Src  string `json:"src"`
	Dest string `json:"dest"`
	Body body   `json:"body"`
}

var nodeID, nextID = "", 0
var stdout = json.NewEncoder(os.Stdout) // writes each message at once

func send(dest string, fields body) {
	fields["msg_id"] = nextID
	nextID++
	stdout.Encode(message{nodeID, dest, fields})
}

func reply(request message, fields body) {
	fields["in_reply_to"] = request.Body["msg_id"]
	send(request.Src, fields)
}

func handle(request message) {
	switch request.Body["type"] {
	case "init":
		nodeID, _ = request.Body["node_id"].(string)
		log.Println("started as", nodeID, "of", request.Body["node_ids"])
		reply(request, body{"type": "init_ok"})
	case "echo":
		reply(request, body{"type": "echo_ok", "echo": request.Body["echo"]})
	default:
		if request.Body["msg_id"] != nil && request.Body["in_reply_to"] == nil {
			reply(request, body{"type": "error", "code": 10, "text": "not supported"})
		}
	}
}

func main() {
	stdin := json.NewDecoder(os.Stdin)
	stdin.UseNumber() // large numbers keep their digits
	for {
		var request message
		if err := stdin.Decode(&request); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		handle(request)
	}
}
