#version 300 es
layout(location = 0) in vec3 point_mm;
layout(location = 1) in vec3 normal;
uniform mat4 place;
uniform mat3 turn;
out vec3 facing;
void main() {
  gl_Position = place * vec4(point_mm, 1.0);
  facing = turn * normal;
}
