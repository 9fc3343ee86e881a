package io.strandline.client.operation;

/** A way by which another process reaches a log. */
public enum Door {
    /** Frames over TCP, as {@link io.strandline.client.wire.Frame} draws them. */
    TCP,
    /** Addresses of the event bus of Vert.x, with JSON or with the bytes of a frame. */
    EVENT_BUS,
    /** HTTP with JSON. */
    REST
}
