// A Maelstrom node: one JSON message a line on stdin and stdout, logs on stderr.
import java.io.*;
import java.nio.charset.StandardCharsets;

class Node {
    static final PrintStream OUT = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    static String nodeId;
    static int nextId = 0;

    public static void main(String[] arguments) throws IOException {
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = input.readLine()) != null; ) handle(line);
    }

    static void handle(String message) {
        String body = field(message, "body");
        String type = field(body, "type");
        if (type.equals("\"init\"")) {
            nodeId = field(body, "node_id");
            System.err.println("started as " + nodeId + " of " + field(body, "node_ids"));
            reply(message, "\"type\": \"init_ok\"");
        } else if (type.equals("\"echo\"")) {
            reply(message, "\"type\": \"echo_ok\", \"echo\": " + field(body, "echo"));
        } else if (field(body, "msg_id") != null && field(body, "in_reply_to") == null) {
            reply(message, "\"type\": \"error\", \"code\": 10, \"text\": \"not supported\"");
        }
    }

    static void reply(String request, String fields) {
        String body = fields + ", \"in_reply_to\": " + field(field(request, "body"), "msg_id");
        send(field(request, "src"), body);
    }

    static void send(String dest, String fields) {
        OUT.println("{\"src\": " + nodeId + ", \"dest\": " + dest + ", \"body\": {" + fields + ", \"msg_id\": " + nextId++ + "}}");
        OUT.flush();
    }

    // A field of a JSON object as it is written there. Java has no JSON of its own: a library, such as
    // Gson or Jackson, does more.
    static String field(String object, String name) {
        String key = null;
        int depth = 0, start = 0;
        boolean quoted = false;
        for (int i = 0; i < object.length(); i++) {
            char c = object.charAt(i);
            if (c == '"') quoted = !quoted;
            else if (quoted && c == '\\') i++;
            else if (!quoted && depth == 1 && c == ':') { key = object.substring(start, i).trim(); start = i + 1; }
            else if (!quoted && depth == 1 && (c == ',' || c == '}')) {
                if (("\"" + name + "\"").equals(key)) return object.substring(start, i).trim();
                start = i + 1;
            }
            else if (!quoted && (c == '{' || c == '[') && depth++ == 0) start = i + 1;
            if (!quoted && depth > 1 && (c == '}' || c == ']')) depth--;
        }
        return null;
    }
}
