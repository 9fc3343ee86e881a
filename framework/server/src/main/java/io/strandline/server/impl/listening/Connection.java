package io.strandline.server.impl.listening;

/** Serves one connection of a client. Everything is called on the context of its acceptor. */
public interface Connection {

    /** Called from time to time, with the time of {@link System#nanoTime()}. */
    void tick(long nanos);

    /** The server stops: the client is told, and the connection ends soon. */
    void leave();

    /** The time to leave is over: the connection ends when what was written has left. */
    void end();

    /** The connection is gone. Called once. */
    void gone();
}
