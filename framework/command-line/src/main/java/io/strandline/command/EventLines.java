package io.strandline.command;

import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.client.operation.JsonEvents;
import io.strandline.client.operation.Payload;
import io.vertx.core.json.Json;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Events that were read, for people and as JSON in the form of all doors. */
final class EventLines {

    private EventLines() {}

    static void print(Output output, EventRecord<Payload> event) {
        output.line(JsonEvents.toJson(event), text(event));
    }

    /** Place, key and the event as text, or how many bytes it has if it is none. */
    private static String text(EventRecord<Payload> event) {
        String key = event.key() == null ? "-" : printable(event.key());
        String type = event.type().equals(EventType.RAW)
                ? ""
                : " " + printable(event.type().name());
        return event.partition() + "/" + event.offset() + " " + key + type + " "
                + text(event.event().bytes());
    }

    private static String text(byte[] event) {
        try {
            return printable(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(event))
                    .toString());
        } catch (CharacterCodingException e) {
            return "(" + event.length + " bytes)";
        }
    }

    /** What an event holds must not move the cursor of a terminal. */
    private static String printable(String text) {
        return text.chars().anyMatch(c -> Character.isISOControl(c) && c != '\t') ? Json.encode(text) : text;
    }
}
