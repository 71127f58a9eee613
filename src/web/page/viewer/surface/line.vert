#version 300 es
layout(location = 0) in vec3 point_mm;
uniform mat4 place;
void main() { gl_Position = place * vec4(point_mm, 1.0); }
